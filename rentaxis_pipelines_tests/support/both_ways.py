"""The short way beside the long one, of the same company at the same moment: they must say the same of every record, field by field.

What would be settled of a type is asked right before it is planned record by record, in runs that push and in previews. Not here: lives of records (``books``), what a mark depends on (``sync.planning``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.sync.engine import Engine
from rentaxis_pipelines.sync.planning.unchanged import settle_unchanged
from rentaxis_pipelines_tests.support.chain import Chain

# What differs from run to run, and what says how a row was decided, not what.
_OF_THE_RUN = {"plan_id": "", "run_id": "", "finished_at": None, "requested_by": ""}


@dataclass
class BothWays:
    """``settled``: how many records went the short way, in all. ``seen``: those of the last run or preview, with what was said of each."""

    chain: Chain
    settled: int = 0
    seen: dict[tuple[str, str], RowResult] = field(default_factory=dict)
    _full: bool = False  # whether everything was asked to be looked at, so that nothing may be settled

    def look(self, **asked: Any) -> None:
        """A preview, watched in the same way."""
        with self.engine(**{**asked, "preview": True}) as engine:
            engine.sync()

    @contextmanager
    def engine(self, **asked: Any) -> Iterator[Engine]:
        """The open company, whose plans are made the long way and watched; at the end both ways are compared."""
        self.seen, self._full = {}, asked.get("full", False)
        with self.chain.engine(**{**asked, "full": True}) as engine:
            self._watch(engine)
            yield engine
            said = _said(engine)
        assert _differing(self.seen, {key: said.get(key) for key in self.seen}) == {}
        self.settled += len(self.seen)

    def _watch(self, engine: Engine) -> None:
        plan = engine.plan

        def plan_both(record_type: str, *given: Any, days: Any = None, **others: Any) -> Any:
            ranges = engine.request.days_of(record_type)
            (chosen,) = (days,) if days is not None else ranges
            engine.reading.note(engine.request, record_type)  # as ``plan`` begins
            self._settle_aside(engine, record_type, chosen.days)
            return plan(record_type, *given, days=days, **others)

        engine.plan = plan_both  # pyright: ignore[reportAttributeAccessIssue]

    def _settle_aside(self, engine: Engine, record_type: str, days: Any) -> None:
        """What would be settled now, under a plan that is taken away again."""
        run, context = engine.run, engine.plan_context(days)
        connection = run.connection
        request = msgspec.structs.replace(engine.request, full=self._full, preview=False)
        short = msgspec.structs.replace(
            context, mapping=msgspec.structs.replace(context.mapping, request=request)
        )
        plan = Plan(
            plan_id=f"aside-{record_type}-{days}-{run.run_id}", realm=run.realm, run_id=run.run_id, record_type=record_type,
            first_day=days.first_day, last_day=days.last_day, forced=False, dry_run=False, requested_by=run.requested_by, rows_in=0,
            money_in=Decimal(0), created_at=run.now(),
        )  # fmt: skip
        plans.save_plan(connection, plan, [])
        settle_unchanged(short, plan.plan_id, record_type, days)
        rows = fetch(
            connection, RowResult, "select * from ledger.row_results where plan_id = :id", id=plan.plan_id
        )
        for statement in (
            "delete from ledger.unchanged_results where plan_id = :id",
            "delete from ledger.plans where plan_id = :id",
            "delete from pg_temp.read_plans where plan_id = :id",
            "delete from pg_temp.settled_rows where :id <> ''",
        ):
            execute(connection, statement, id=plan.plan_id)
        connection.commit()
        self.seen |= {(row.source_type, row.source_id): row for row in rows}


def _said(engine: Engine) -> dict[Any, RowResult]:
    run = engine.run
    rows = results.results_of(run.connection, run.realm, run_id=run.run_id)
    return {(row.source_type, row.source_id): row for row in rows}


def _differing(short: dict[Any, Any], long: dict[Any, Any]) -> dict[Any, Any]:
    """By key, both sides where they differ."""
    return {
        key: (_plain(short.get(key)), _plain(long.get(key)))
        for key in {*short, *long}
        if _plain(short.get(key)) != _plain(long.get(key))
    }


def _plain(row: RowResult | None) -> Any:
    return None if row is None else msgspec.structs.asdict(row) | _OF_THE_RUN
