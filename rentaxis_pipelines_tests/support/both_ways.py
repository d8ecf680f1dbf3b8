"""The short way beside the long one: before a type is planned record by record, what would be settled of it without reading is noted; what the
long way says of the same records must be the same, field by field.

Not here: lives of records (``books``), what a mark depends on (``sync.planning``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import plans, read_rows, results, settled
from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.rentaxis.fingerprints import fingerprint_blocks
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.sync.engine import Engine
from rentaxis_pipelines.sync.planning.unchanged import settle_unchanged
from rentaxis_pipelines_tests.support.chain import Chain

_OF_THE_RUN = {"plan_id": "", "run_id": "", "finished_at": None, "requested_by": ""}


@dataclass
class BothWays:
    """What the short way settled, by run; ``settled``: how many in all."""

    chain: Chain
    seen: dict[tuple[str, str], RowResult] = field(default_factory=dict)
    settled: int = 0

    @contextmanager
    def engine(self, **asked: Any) -> Iterator[Engine]:
        """The open company, whose plans are made the long way and watched; at the end both ways are compared."""
        self.seen = {}
        with self.chain.engine(**asked) as engine:
            self._watch(engine)
            yield engine
            run = engine.run
            said = {
                (row.source_type, row.source_id): row
                for row in results.results_of(run.connection, run.realm, run_id=run.run_id)
            }
        differing = {
            key: (_plain(row), _plain(said.get(key)))
            for key, row in self.seen.items()
            if _plain(row) != _plain(said.get(key))
        }
        assert differing == {}
        self.settled += len(self.seen)

    def _watch(self, engine: Engine) -> None:
        plan, finish, connection = engine.plan, engine.finish, engine.run.connection
        read_rows.make(connection)
        with source_of(self.chain.environment) as source:
            organization, zone = self.chain.environment.rentaxis_organization_id, self.chain.company.zone
            for days in engine.request.days:
                for name in days.record_types:
                    if BY_NAME[name].dated:
                        blocks = fingerprint_blocks(source, name, days.days, organization, zone)
                        read_rows.fill(connection, name, BY_NAME[name].source_types[0], blocks)

        def plan_both(record_type: str, *given: Any, days: Any = None, **others: Any) -> Any:
            (chosen,) = (days,) if days is not None else engine.request.days_of(record_type)
            if BY_NAME[record_type].dated:
                self._settle_aside(engine, record_type, chosen.days)
            made = plan(record_type, *given, days=days, **others)
            context = engine.plan_context(chosen.days)
            everything = msgspec.structs.replace(
                context.mapping, request=msgspec.structs.replace(engine.request, full=True)
            )
            settle_unchanged(
                msgspec.structs.replace(context, mapping=everything), made.plan_id, record_type, chosen.days
            )
            connection.commit()
            return made

        def finish_and_mark(made: Any) -> Any:
            proof = finish(made)
            settled.keep_settled(connection, made.plan_id)
            connection.commit()
            return proof

        engine.plan, engine.finish = plan_both, finish_and_mark  # pyright: ignore[reportAttributeAccessIssue]

    def _settle_aside(self, engine: Engine, record_type: str, days: Any) -> None:
        """What would be settled now, under a plan that is forgotten again."""
        run, connection, context = engine.run, engine.run.connection, engine.plan_context(days)
        plan = Plan(
            plan_id=f"aside-{record_type}-{days}", realm=run.realm, run_id=run.run_id, record_type=record_type, first_day=days.first_day,
            last_day=days.last_day, forced=False, dry_run=False, requested_by=run.requested_by, rows_in=0, money_in=0, created_at=run.now(),
        )  # fmt: skip
        plans.save_plan(connection, plan, [])
        settle_unchanged(context, plan.plan_id, record_type, days)
        rows = fetch(
            connection, RowResult, "select * from ledger.row_results where plan_id = :id", id=plan.plan_id
        )
        out_of_the_way = execute(
            connection, "select source_type, source_id from pg_temp.read_rows where settled"
        ).all()
        connection.rollback()
        assert {(row.source_type, row.source_id) for row in rows} >= {tuple(key) for key in out_of_the_way}
        self.seen |= {(row.source_type, row.source_id): row for row in rows}


def _plain(row: RowResult | None) -> Any:
    return None if row is None else msgspec.structs.asdict(row) | _OF_THE_RUN
