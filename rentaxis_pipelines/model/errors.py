"""What a person asked for cannot be done: the one error of the launching layer. Other rooms have trees of their own."""


class CannotLaunch(Exception):
    """The text says what to change. Nothing was started, or the run stopped before it was done."""
