"""The short way beside the long one, of the same company at the same moment: they must say the same of every record, field by field, and want
the same written.

Two previews, one each way, one after the other; and, within a run that pushes, what would be settled of a type right before it is planned record
by record. Not here: lives of records (``books``), what a mark depends on (``sync.planning``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.sync.engine import Engine
from rentaxis_pipelines.sync.planning.unchanged import settle_unchanged
from rentaxis_pipelines_tests.support.chain import Chain

# What differs from run to run, and what says how a row was decided, not what.
_OF_THE_RUN = {"plan_id": "", "run_id": "", "finished_at": None, "requested_by": ""}
_OF_THE_PLAN = {"plan_id": "", "position": 0, "uses": [], "fingerprint": None, "standing": None}
_KEPT = """select source_type, source_id from ledger.unchanged_results u cross join lateral unnest(u.source_ids) as n (source_id)
           where run_id = :run_id"""
_SENT = """select p.* from ledger.planned_rows p join ledger.plans l using (plan_id)
           where l.run_id = :run_id and p.status is null order by p.source_type, p.source_id"""


@dataclass
class BothWays:
    """``settled``: how many records went the short way, in all."""

    chain: Chain
    settled: int = 0
    _seen: dict[tuple[str, str], RowResult] = field(default_factory=dict)

    def look(self, **asked: Any) -> None:
        """A preview the short way, and one the long way."""
        said = [self._previewed(full=full, **asked) for full in (False, True)]
        for short, long in zip(*said, strict=True):
            assert _differing(short, long) == {}

    @contextmanager
    def engine(self, **asked: Any) -> Iterator[Engine]:
        """The open company, whose plans are made the long way and watched; at the end both ways are compared."""
        self._seen = {}
        with self.chain.engine(**asked, full=True) as engine:
            self._watch(engine)
            yield engine
            said = _said(engine)
        assert _differing(self._seen, {key: said.get(key) for key in self._seen}) == {}
        self.settled += len(self._seen)

    def _previewed(self, **asked: Any) -> tuple[dict[Any, RowResult], dict[Any, PlannedRow]]:
        with self.chain.engine(**{**asked, "preview": True}) as engine:
            engine.sync()
            run = engine.run
            self.settled += len(execute(run.connection, _KEPT, run_id=run.run_id).all())
            sent = fetch(run.connection, PlannedRow, _SENT, run_id=run.run_id)
            return _said(engine), {(row.source_type, row.source_id): row for row in sent}

    def _watch(self, engine: Engine) -> None:
        plan = engine.plan

        def plan_both(record_type: str, *given: Any, days: Any = None, **others: Any) -> Any:
            ranges = engine.request.days_of(record_type)
            (chosen,) = (days,) if days is not None else ranges
            if BY_NAME[record_type].dated:
                engine._note(record_type, ranges, None, again=False)  # pyright: ignore[reportPrivateUsage] - as ``plan`` begins
                self._settle_aside(engine, record_type, chosen.days)
            return plan(record_type, *given, days=days, **others)

        engine.plan = plan_both  # pyright: ignore[reportAttributeAccessIssue]

    def _settle_aside(self, engine: Engine, record_type: str, days: Any) -> None:
        """What would be settled now, under a plan that is taken away again."""
        run, context = engine.run, engine.plan_context(days)
        connection = run.connection
        request = msgspec.structs.replace(engine.request, full=False)
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
            "update pg_temp.read_rows set settled = false where settled and :id <> ''",
        ):
            execute(connection, statement, id=plan.plan_id)
        connection.commit()
        self._seen |= {(row.source_type, row.source_id): row for row in rows}


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


def _plain(row: RowResult | PlannedRow | None) -> Any:
    if row is None:
        return None
    return msgspec.structs.asdict(row) | (_OF_THE_RUN if isinstance(row, RowResult) else _OF_THE_PLAN)
