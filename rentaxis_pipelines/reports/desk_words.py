"""Remedies as the desk says them: a person at a page has buttons, no command line.

Here: leaving out what only a terminal can do. Not here: the remedies themselves (``explanations``, ``model.reasons``).
"""

import re

# Every remedy names its command in parentheses after the sentence that says what to do: "Make a new one (rentaxis-sync record ...)."
_COMMAND = re.compile(r"\s*\([^()]*\brentaxis-sync\b[^()]*\)")


def without_commands(remedy: str) -> str:
    """The remedy without the commands that it names in parentheses."""
    return _COMMAND.sub("", remedy)
