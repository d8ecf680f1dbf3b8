"""Trying schedules: a Postgres, an emulator, a template of each starting state, one disturbed push after the other.

Here: running one schedule and judging it. Not here: which are run (``__main__``), what they are (``schedules``).
"""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres
from rentaxis_pipelines.ledger.database import engine, migrate
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines.sync.session import LedgerTokenStore
from rentaxis_pipelines_tests.crash import books, pusher
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.portfolios.billing import FIRST
from rentaxis_pipelines_tests.crash.scenarios import SCENARIOS, Scenario
from rentaxis_pipelines_tests.crash.schedules import Attempt, Schedule
from rentaxis_pipelines_tests.support import ledger_copies
from rentaxis_pipelines_tests.support.quickbooks import started

EMPTY = "empty"  # the state before anything was pushed
UNDISTURBED_RUNS = 3  # until nothing may be left to do


@dataclass(frozen=True)
class Judged:
    """What became of a schedule. ``points``: numbered points of the first attempt, if it was not killed."""

    schedule: Schedule
    wrong: tuple[str, ...]
    launches: int
    kills: int
    points: int | None


def _before(scenario: Scenario) -> list[Portfolio]:
    """What was pushed before the disturbed launch."""
    undone = [scenario.pushed] if scenario.undone else []
    return [*([scenario.before] if scenario.before else []), *undone]


def _identity(portfolios: Sequence[Portfolio]) -> tuple[int, ...]:
    return tuple(map(id, portfolios))


def _run_id(number: int) -> str:
    return f"before-{number}"


class Stage:
    """One database, one emulator, the starting states; runs one schedule at a time."""

    def __init__(self, url: str, company: Emulator) -> None:
        self._url = url
        self._company = company
        self._control("snapshot", {"name": EMPTY})
        migrate(url)
        with LedgerTokenStore(url, Emulator.realm_id, pusher.SECRET_KEY).locked() as held:
            held.save(
                Token(Emulator.access_token, Emulator.refresh_token, 4_000_000_000.0, Emulator.realm_id)
            )
        self._ledger = psycopg.connect(url, autocommit=True)
        self._ledger.execute("set session_replication_role = replica")  # tables are filled in any order
        self._tables = [
            row[0]
            for row in self._ledger.execute(
                "select tablename from pg_tables where schemaname = 'ledger' and tablename <> 'ledger_version'"
            ).fetchall()
        ]
        self._keep(EMPTY)
        # Once in this process, so that every fork finds its statements compiled.
        self._begin(EMPTY, {"log_bodies": False})
        pusher.run_once(self._job("warm", FIRST), pusher.Points(None, in_flight=False))
        engine(url).dispose()
        self._states: dict[tuple[int, ...], str] = {}  # by identity of the portfolios that were pushed before

    def try_out(self, schedule: Schedule) -> Judged:
        """Run the schedule on a fresh copy of its starting state, and say what is wrong afterwards."""
        scenario = SCENARIOS[schedule.scenario]
        switches = schedule.switches() | scenario.switches
        self._begin(self._state(_before(scenario)), switches)
        return self._try_out(schedule)

    def _try_out(self, schedule: Schedule) -> Judged:
        scenario = SCENARIOS[schedule.scenario]
        wrong: list[str] = []
        endings: list[pusher.Ended] = []
        for number, attempt in enumerate(schedule.attempts):
            self._disturb(attempt)
            plain = self._job_of(f"disturbed-{number}", scenario, force=scenario.force)
            job = dataclasses.replace(
                plain,
                kill_at=attempt.kill_at,
                in_flight=attempt.in_flight,
                workers=attempt.workers,
                batch_size=attempt.batch_size,
                read_timeout=attempt.read_timeout,
            )
            endings.append(pusher.launch(job))
        self._control("faults", {"clear": True})
        for number in range(UNDISTURBED_RUNS):
            endings.append(
                pusher.launch(self._job_of(f"undisturbed-{number}", scenario, force=scenario.force))
            )
            if endings[-1].error:
                wrong.append(f"an undisturbed run ended with {endings[-1].error}")
            if not (endings[-1].statuses or {}).get("failed"):
                break
        else:
            wrong.append(f"rows still fail after {UNDISTURBED_RUNS} undisturbed runs: {endings[-1].statuses}")
        wrong += books.faults_of(self._company.base_url, self._url, scenario.books())
        before = books.last_call(self._company.base_url)
        endings.append(pusher.launch(self._job_of("quiet", scenario, force=False)))
        if written := books.writes_made(self._company.base_url, before):
            wrong.append(f"a second run with no change made {written} writes")
        wrong += [ending.crash for ending in endings if ending.crash]
        kills = sum(ending.killed for ending in endings)
        return Judged(
            schedule, tuple(wrong), len(endings), kills, None if endings[0].killed else endings[0].points
        )

    def _state(self, portfolios: Sequence[Portfolio]) -> str:
        """The state after a push of the portfolios, made when it is first needed."""
        if not portfolios:
            return EMPTY
        if (state := self._states.get(_identity(portfolios))) is None:
            state = self._states[_identity(portfolios)] = self._pushed(portfolios)
        return state

    def _pushed(self, portfolios: Sequence[Portfolio]) -> str:
        """The state after a push of the portfolios, one after the other, kept under the name that is returned."""
        name = f"pushed_{len(self._states)}"
        self._begin(EMPTY, Schedule("", "first", "documented", ()).switches())
        for number, portfolio in enumerate(portfolios):
            ending = self._launch(_run_id(number), portfolio, force=False)
            if ending.crash or ending.error or (ending.statuses or {}).get("failed"):
                raise RuntimeError(f"the starting state could not be made: {ending}")
        self._control("snapshot", {"name": name})
        self._keep(name)
        return name

    def _job_of(self, run_id: str, scenario: Scenario, *, force: bool) -> pusher.Job:
        """What is disturbed: a push, or the undo of the run that pushed last."""
        job = dataclasses.replace(
            self._job(run_id, scenario.pushed, force=force), chunk_records=scenario.chunk
        )
        return dataclasses.replace(job, undo=_run_id(len(_before(scenario)) - 1)) if scenario.undone else job

    def _launch(self, run_id: str, portfolio: Portfolio, *, force: bool) -> pusher.Ended:
        return pusher.launch(self._job(run_id, portfolio, force=force))

    def _job(self, run_id: str, portfolio: Portfolio, *, force: bool = False) -> pusher.Job:
        return pusher.Job(self._url, self._company.base_url, run_id, portfolio, force)

    def _keep(self, state: str) -> None:
        """Remember the ledger as it is."""
        ledger_copies.keep(self._ledger, state, self._tables)

    def _begin(self, state: str, switches: dict[str, Any]) -> None:
        """Ledger and company as they were then."""
        ledger_copies.put_back(self._ledger, state, self._tables)
        self._control("switches", switches)
        self._control("faults", {"clear": True})
        self._control("restore", {"name": state})
        self._control("tokens", {"renew": True})

    def _disturb(self, attempt: Attempt) -> None:
        self._control("faults", {"clear": True})
        if attempt.rules:
            self._control("faults", list(attempt.rules))
        if attempt.token_expired:
            self._control("tokens", {"expire": True})
        if attempt.touched:
            for one in self._control("objects?entity=Invoice"):
                if one["DocNumber"] == attempt.touched:
                    fields = {"CustomerMemo": {"value": "Thank you"}}
                    self._control(
                        "hand", {"deed": "edit", "entity": "Invoice", "id": one["Id"], "fields": fields}
                    )

    def _control(self, path: str, body: Any = None) -> Any:
        return books.control(self._company.base_url, path, body)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage with a server of its own in ``folder``, and an emulator of its own; both end with the block."""
    server = postgres.start(folder, durable=False)
    try:
        with started() as company:
            yield Stage(server.create_database("ledger"), company)
    finally:
        server.stop()
