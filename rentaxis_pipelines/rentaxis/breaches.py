"""Violations of the contract by the staging SQL or the database: one sentence each, with file and column.

Here: the value and how it stops a run. Not here: how breaches are found (``described``, ``held``, ``extract``).
"""

from collections.abc import Iterable
from typing import NamedTuple

from rentaxis_pipelines.rentaxis.database import SourceShapeChanged

_SHOWN = 5


class Breach(NamedTuple):
    """One thing that must be fixed in a staging file. ``row``: the index of an example among the rows read, if there is one."""

    file: str
    column: str
    sentence: str  # begins with the file
    row: int | None = None
    example: str | None = None  # the id of that row


def refuse(breaches: Iterable[Breach]) -> None:
    """Raises SourceShapeChanged, naming the first few, if there are any."""
    sentences = list(dict.fromkeys(f"{breach.sentence}{_example(breach)}" for breach in breaches))
    if not sentences:
        return
    more = (
        [f"{len(sentences) - _SHOWN} more; rentaxis-sync source check lists them all."]
        if len(sentences) > _SHOWN
        else []
    )
    raise SourceShapeChanged(" ".join([*sentences[:_SHOWN], *more, "Nothing was written."]))


def _example(breach: Breach) -> str:
    return f" For example the record with the id {breach.example}." if breach.example else ""
