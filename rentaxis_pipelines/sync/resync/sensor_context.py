"""What the sensors share: both databases open for one evaluation, and from what is wanted to the runs to ask for.

Here: connections, the outcome, counting tries. Not here: what is worth trying (``retry_rules``), the evaluations
themselves (``fixed``, ``edited``, ``missed``), Dagster (``orchestration``).
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import previews, tries
from rentaxis_pipelines.ledger.database import connect, lost_connection_explained, migrate
from rentaxis_pipelines.model.dates import DateRange, days_in
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.companies import refuse_another_company
from rentaxis_pipelines.sync.resync.day_ranges import in_few_runs, ranges_of
from rentaxis_pipelines.sync.resync.retry_rules import Wanted

SECONDS_FOR_RENTAXIS = 30  # a sensor's evaluation is ended by Dagster after 60


class SensorContext(msgspec.Struct, frozen=True):
    """What one evaluation is made with. ``busy``: days of runs that are queued or under way, or that wait for an approval; their turn
    comes afterwards.

    ``reachable``: the days that can be chosen, None as long as there is none. ``room``: how many runs may be asked for.
    """

    ledger: sa.Connection
    source: sa.Connection
    environment: Environment
    company: Company
    now: dt.datetime
    reachable: DateRange | None
    busy: frozenset[dt.date] = frozenset()
    room: int = 5

    @property
    def realm(self) -> str:
        return self.environment.quickbooks_realm_id

    def can_be_chosen(self, day: dt.date) -> bool:
        """Whether a run may be asked for that day."""
        return self.reachable is not None and day in self.reachable

    def may_push(self, day: dt.date) -> bool:
        """Whether that day can be chosen, and nothing else is at it."""
        return self.can_be_chosen(day) and day not in self.busy


class SensorOutcome(msgspec.Struct, frozen=True):
    """What an evaluation came to: the runs to ask for, each with a key that is the same for the same cause, and a sentence."""

    runs: list[tuple[str, tuple[ChosenDays, ...]]]
    summary: str


def days_to_approve(ledger: sa.Connection, company: Company, realm: str, now: dt.datetime) -> set[dt.date]:
    """The days of plans that a run left for a person to approve, as long as they can be."""
    since = now - dt.timedelta(days=company.policies.preview_days)
    return days_in(
        chosen.days
        for plan in previews.waiting(ledger, realm)
        if plan.why in ("policy", "guard") and plan.created_at > since
        for chosen in plan.request.days
    )


@contextmanager
def pipelines_database(environment: Environment) -> Generator[sa.Connection]:
    """The company's ledger. Raises LedgerUnreachable, and CompanyChanged if organization and realm do not belong together."""
    url = environment.pipelines_database_url.get_secret_value()
    with lost_connection_explained(), connect(url) as ledger:
        if ledger.execute(sa.text("select to_regclass('ledger.companies') is null")).scalar_one():
            ledger.rollback()
            migrate(url)
        refuse_another_company(ledger, environment.company_key)
        yield ledger


@contextmanager
def both_databases(environment: Environment) -> Generator[tuple[sa.Connection, sa.Connection]]:
    """Ledger and RentAxis. Raises as ``pipelines_database``, and SourceError: what could not be read is never taken for nothing."""
    with (
        pipelines_database(environment) as ledger,
        source_of(environment, SECONDS_FOR_RENTAXIS) as source,
    ):
        yield ledger, source


def ask_for(
    context: SensorContext,
    sensor: str,
    wanted: Sequence[Wanted],
    pushed: Mapping[dt.date, Collection[str]],
    what: str,
    *,
    one_by_one: bool = False,
) -> SensorOutcome:
    """The runs that bring what is wanted, at most as many as there is room for; what they bring counts as tried. Commits.

    ``one_by_one``: each range of days is a run of its own, as a range is.
    """
    apart = ranges_of([(row.day, row.pushed_as) for row in wanted], pushed)
    runs = [(days,) for days in apart] if one_by_one else in_few_runs(apart)
    chosen = runs[: context.room]
    brought = {
        run: [row for row in wanted if any(part.holds(row.day, row.pushed_as) for part in run)]
        for run in chosen
    }
    tries.save_tries(
        context.ledger,
        [
            tries.Try(
                realm=context.realm, sensor=sensor, subject_type=key[0], subject_id=key[1],
                version=row.version, tries=row.tries, requested_at=context.now,
            )
            for key, row in {row.key: row for rows in brought.values() for row in rows}.items()
        ],
    )  # fmt: skip
    context.ledger.commit()
    left = len(runs) - len(chosen)
    requested = f"{what}: {sum(map(len, brought.values()))}, in {len(chosen)} runs"
    return SensorOutcome(
        [(_run_key(sensor, run, rows), run) for run, rows in brought.items()],
        f"{requested}; {left} more runs follow." if left else f"{requested}.",
    )


def _run_key(sensor: str, run: Sequence[ChosenDays], rows: Sequence[Wanted]) -> str:
    """The same for the same cause: Dagster starts a key once and remembers it for ever."""
    cause = sorted((*row.key, row.version, row.tries, row.after) for row in rows)
    digest = hashlib.sha256(msgspec.json.encode(cause)).hexdigest()[:16]
    types = "+".join(sorted({name for days in run for name in days.record_types}))
    return f"{sensor}:{run[0].days.first_day}:{max(days.days.last_day for days in run)}:{types}:{digest}"
