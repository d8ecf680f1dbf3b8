"""Where the staging SQL or the database does not keep to the contract: one sentence a breach, with file and column.

Here: the value and how it stops a run. Not here: how breaches are found (``described``, ``held``, ``extract``).
"""

from collections.abc import Iterable
from typing import NamedTuple

from rentaxis_pipelines.rentaxis.database import SourceShapeChanged

_SHOWN = 5


class Breach(NamedTuple):
    """One thing that must be mended in a staging file. ``row`` numbers an example among the rows read, where there is one."""

    file: str
    column: str
    sentence: str  # begins with the file
    row: int | None = None
    example: str | None = None  # the id of that row


def refuse(breaches: Iterable[Breach]) -> None:
    """Raises SourceShapeChanged, naming the first few, if there are any."""
    found = list(dict.fromkeys(f"{one.sentence}{_example(one)}" for one in breaches))
    if not found:
        return
    more = (
        [f"{len(found) - _SHOWN} more; rentaxis-sync source check lists all."] if len(found) > _SHOWN else []
    )
    raise SourceShapeChanged(" ".join([*found[:_SHOWN], *more, "Nothing was written."]))


def _example(breach: Breach) -> str:
    return f" For example the record with the id {breach.example}." if breach.example else ""
