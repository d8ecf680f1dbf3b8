"""How the companies stand, for whoever looks after the pipelines: each one's connection, nights, open records and requests, and what is wrong.

The one rule of it: the command line, the front door's metrics and the overview of the companies all read this. Nothing is written, no
table is upgraded, and neither RentAxis nor QuickBooks is asked: one company whose settings or database are broken says so, and takes none of
the others with it.
Here: reading, and what is wrong. Not here: the words of a terminal (``status_words``), Dagster's queue (``orchestration.queue``, handed in),
looks that need either side (``checks``), one company's own first page (``front_page``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import Final, Literal

import msgspec

from rentaxis_pipelines.ledger.company_states import CompanyState, states_of
from rentaxis_pipelines.ledger.database import (
    LedgerError,
    connect,
    ledger_version_on,
    lost_connection_explained,
    newest_version,
    refuse_newer,
)
from rentaxis_pipelines.ledger.plans import PushedRun
from rentaxis_pipelines.quickbooks.faults import TokenUnreadable
from rentaxis_pipelines.quickbooks.tokens import check_keys, decrypt
from rentaxis_pipelines.reports.nights import last_good_nights
from rentaxis_pipelines.settings import Environment, Scope, SettingsError
from rentaxis_pipelines.sync.connection import Connection, connection_by

Standing = Literal["good", "attention", "stopped"]
_MOVED_AWAY: Final = (
    "The company was taken to another pipelines database, so nothing is pushed from this one. Set PIPELINES_DATABASE_URL to the one that it "
    "was imported into."
)
_DATABASES_AT_ONCE: Final = 8  # one that does not answer keeps the others waiting for ten seconds at most


class Queue(msgspec.Struct, frozen=True):
    """A company's runs in Dagster: those that wait, and those that are under way."""

    queued: int = 0
    running: int = 0


class CompanyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``problem``: why nothing can run, or why it is not known how it stands. Then what could not be read is None or empty.

    ``needs_attention``: records that nobody has decided about since, by record type; ``oldest_open_day``: of the oldest of them.
    ``open_requests``: writes to QuickBooks whose outcome is not recorded yet. ``pushing``: a run holds the company now.
    ``queue``: None where Dagster was not asked. ``reads_this_month``: reads that Intuit meters, in the calendar month of UTC.
    """

    slug: str
    organization: str | None = None
    realm: str | None = None
    problem: str | None = None
    connection: Connection | None = None
    last_good_night: dt.date | None = None
    last_run: PushedRun | None = None
    last_finished_run: PushedRun | None = None
    needs_attention: dict[str, int] = {}
    oldest_open_day: dt.date | None = None
    open_requests: int = 0
    oldest_request_at: dt.datetime | None = None
    pushing: bool = False
    queue: Queue | None = None
    reads_this_month: int = 0
    ledger_version: str | None = None

    @property
    def open_records(self) -> int:
        """How many records need attention."""
        return sum(self.needs_attention.values())

    @property
    def standing(self) -> Standing:
        """``stopped``: no run can push; ``attention``: a person should look; ``good``: neither."""
        link = self.connection
        if self.problem is not None or link is None or not link.connected or link.expired:
            return "stopped"
        return "attention" if self.open_records or link.warning else "good"


def program_version() -> str:
    """The version of this program."""
    return metadata.version("rentaxis_pipelines")


def statuses_of(
    scopes: Sequence[Scope], now: dt.datetime, queues: Mapping[str, Queue] | None = None
) -> list[CompanyStatus]:
    """How each company stands, in the order given. All companies of one database are read together. ``queues``: by short name.

    Raises nothing for a company's own troubles: they are its ``problem``.
    """
    by_database: dict[str, list[tuple[Scope, Environment]]] = {}
    known: dict[str, CompanyStatus] = {}
    for scope in scopes:
        try:
            environment = scope.environment
        except SettingsError as error:
            known[scope.slug] = CompanyStatus(
                slug=scope.slug,
                organization=scope.organization,
                realm=scope.realm,
                problem=scope.problem or str(error),
            )
        else:
            url = environment.pipelines_database_url.get_secret_value()
            by_database.setdefault(url, []).append((scope, environment))
    if by_database:
        with ThreadPoolExecutor(min(len(by_database), _DATABASES_AT_ONCE)) as threads:
            for read in threads.map(
                lambda url: _statuses_in(url, by_database[url], now), sorted(by_database)
            ):
                known.update(read)
    return [
        msgspec.structs.replace(
            known[scope.slug], queue=None if queues is None else queues.get(scope.slug, Queue())
        )
        for scope in scopes
    ]


def _statuses_in(
    url: str, companies: Sequence[tuple[Scope, Environment]], now: dt.datetime
) -> dict[str, CompanyStatus]:
    realms = [environment.quickbooks_realm_id for _, environment in companies]
    states: dict[str, CompanyState] = {}
    nights: Mapping[str, dt.date] = {}
    version = problem = None
    try:
        with lost_connection_explained(), connect(url) as connection:
            version = ledger_version_on(connection)
            refuse_newer(version)
            if version == newest_version():
                states, nights = states_of(connection, realms), last_good_nights(connection, realms)
            elif version is not None:
                problem = (
                    f"The ledger's tables are at {version}, and this version of the program needs them at {newest_version()}. The next run "
                    "upgrades them, or rentaxis-sync migrate."
                )
    except LedgerError as error:
        problem = str(error)
    return {
        scope.slug: msgspec.structs.replace(
            _status(scope, environment, states.get(environment.quickbooks_realm_id), now, problem),
            last_good_night=nights.get(environment.quickbooks_realm_id),
            ledger_version=version,
        )
        for scope, environment in companies
    }


def _status(
    scope: Scope, environment: Environment, state: CompanyState | None, now: dt.datetime, problem: str | None
) -> CompanyStatus:
    problem = scope.problem or problem
    if state is not None and state.moved_away:
        problem = problem or _MOVED_AWAY
    connection = None
    try:
        if problem is None or state is not None:
            connection = _connection(environment, state.token if state else None, now)
    except TokenUnreadable as error:
        problem = problem or str(error)
    about = CompanyStatus(
        slug=scope.slug,
        organization=environment.rentaxis_organization_id,
        realm=environment.quickbooks_realm_id,
        problem=problem,
        connection=connection,
    )
    if state is None:
        return about
    return msgspec.structs.replace(
        about,
        last_run=state.last_run,
        last_finished_run=state.last_finished_run,
        needs_attention=state.open_records,
        oldest_open_day=state.oldest_open_day,
        open_requests=state.open_requests,
        oldest_request_at=state.oldest_request_at,
        pushing=state.pushing,
        reads_this_month=state.reads_this_month,
    )


def _connection(environment: Environment, sealed: str | None, now: dt.datetime) -> Connection:
    keys = environment.pipelines_secret_key.get_secret_value()
    check_keys(keys)
    token = None if sealed is None else decrypt(bytes.fromhex(sealed), keys)
    return connection_by(token, environment.quickbooks_realm_id, now)
