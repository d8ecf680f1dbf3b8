"""What is wrong with settings, in sentences for people: where, which key, what was expected. Never a secret."""

from difflib import get_close_matches


class SettingsError(Exception):
    """Settings cannot be used. ``str(error)`` is one or more clear sentences, one a line."""


class CompanyFileError(SettingsError):
    """The company file is missing, unreadable, or says something it may not."""


class EnvironmentSettingsError(SettingsError):
    """An environment variable is missing or of the wrong form."""


def nearest(word: str, known: list[str]) -> str:
    """``" Did you mean 'x'?"`` when a known word is close, else an empty text."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""
