"""When the books were proved last, by whom, and what happened since: a proof tells of its moment only.

Here: reading the proof as it stands, and the sentences for when there is none. Not here: making one (``reconcile``).
"""

import datetime as dt
from collections.abc import Generator
from contextlib import contextmanager

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from rentaxis_pipelines.ledger.since import Since, changed_since
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.safety.database_errors import sqlstate_of

_NO_SUCH_TABLE, _NO_SUCH_COLUMN = "42P01", "42703"
_NEVER = "The books have not been proved yet."
_EARLIER = "The books were proved with an earlier version of this program, which kept less. Prove them again to see this page."
_LONG = dt.timedelta(days=1)


DOES_NOT_HOLD = (
    "The last proof failed its own checks, so its figures cannot be relied on. Prove the books again; if it stays so, tell whoever runs "
    "this program."
)


class NotProved(Exception):
    """There is no proof to show; the text is a sentence for people."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The proof as it stands. ``today``: the day it was made, by the company's clock; ages are counted to it."""

    run_id: str
    requested_by: str
    made_at: dt.datetime
    today: dt.date
    first_day: dt.date
    last_day: dt.date
    since: Since
    failed_tests: int = 0

    @property
    def holds(self) -> bool:
        """Whether its figures passed their own tests."""
        return self.failed_tests == 0

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was pushed, decided or set up here since. RentAxis and QuickBooks may have changed all the same."""
        return self.since.nothing

    @property
    def since_then(self) -> str:
        """What happened since, in a sentence."""
        if self.is_fresh:
            return "Nothing has been pushed, decided or changed in the settings since."
        runs = self.since.runs
        happened = [
            f"{runs:,} {'run has' if runs == 1 else 'runs have'} pushed records" if runs else "",
            "somebody has decided about a record" if self.since.decided else "",
            "the settings have been changed" if self.since.set_up else "",
        ]
        return f"Since then {' and '.join(filter(None, happened))}. Prove the books again to see what is true now."

    def is_old(self, now: dt.datetime) -> bool:
        """Whether more than a day has passed."""
        return now - self.made_at > _LONG


def last_proof(connection: sa.Connection) -> Proof:
    """The proof as it stands. ``connection`` looks into the company's reports. Raises NotProved."""
    with missing_explained():
        if execute(connection, "select to_regclass('parameters')").scalar_one() is None:
            raise NotProved(_NEVER)
        statement = "select realm, run_id, requested_by, made_at, today, first_day, last_day from parameters"
        row = execute(connection, statement).mappings().one_or_none()
        if row is None or execute(connection, "select to_regclass('ready_to_close')").scalar_one() is None:
            raise NotProved(_NEVER)
        facts = dict(row)
        since = changed_since(connection, facts.pop("realm"), facts["made_at"])
        return Proof(since=since, failed_tests=_failed_tests(connection), **facts)


def _failed_tests(connection: sa.Connection) -> int:
    """How many tests of the marts failed; 0 of a proof that an earlier version made, which did not keep them."""
    if execute(connection, "select to_regclass('failed_tests')").scalar_one() is None:
        return 0
    return execute(connection, "select count(*) from failed_tests").scalar_one()


@contextmanager
def missing_explained() -> Generator[None]:
    """Raises NotProved if a mart, or a column of one, is not there: an earlier version of the program made them."""
    try:
        yield
    except DBAPIError as error:
        if sqlstate_of(error.orig) in (_NO_SUCH_TABLE, _NO_SUCH_COLUMN):
            raise NotProved(_EARLIER) from error
        raise
