"""The only door to a QuickBooks company: everything that plans, pushes, decides or looks begins with ``open_engine``.

Here: the order of steps, the same for a range, for days that lie apart, for one record, for a preview and for what was approved. Not here: what a step
does (``planning``, ``pushing``, ``guard``), and Dagster.
"""

import contextlib
import dataclasses
import logging
import threading
import uuid
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger import previews as previews_stored
from rentaxis_pipelines.ledger.results import Proof
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.previews import WhyMade
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.model.sync_request import ChosenDays, SyncRequest
from rentaxis_pipelines.quickbooks.client import QuickBooksClient
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync import one_record, previews
from rentaxis_pipelines.sync.choice import (
    enabled_types,
    left_out,
    refuse_other_currency,
    refuse_wrong_company,
)
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.guard import HOW_TO_CONFIRM, UnusualPlan, hold, judge
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.planning.approval import by_record_type, not_planned
from rentaxis_pipelines.sync.planning.chosen import plan_chosen
from rentaxis_pipelines.sync.planning.in_chunks import Range, problems_of
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import PlanMade
from rentaxis_pipelines.sync.planning.planner import Wanted, plan_at_once
from rentaxis_pipelines.sync.planning.resolve_payers import Matches, match_payers, payers_of
from rentaxis_pipelines.sync.planning.saving import open_plan, save_decided
from rentaxis_pipelines.sync.planning.settings_used import fingerprint
from rentaxis_pipelines.sync.planning.unchanged import marked_under, may_settle
from rentaxis_pipelines.sync.previews import TakenUp
from rentaxis_pipelines.sync.progress import Progress
from rentaxis_pipelines.sync.pushing.push import push
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.run_reading import RunReading
from rentaxis_pipelines.sync.session import open_run
from rentaxis_pipelines.sync.snapshot import bring_up_to_date, references_of
from rentaxis_pipelines.sync.source import MOST, Dated, Reading, RentAxis, Source, held, papers_of
from rentaxis_pipelines.sync.stopping import signals_ask_to_stop
from rentaxis_pipelines.sync.undo import plan_undo

_LOG = logging.getLogger(__name__)


class Carried(msgspec.Struct):
    """What came of a request. ``held``: a sentence for each range the guard held back; the others went on."""

    rows: int = 0
    held: list[str] = []
    problems: list[SettingsProblem] = []


@dataclass
class Engine:
    """One open company: its realm is held, what earlier runs left open is settled, its lists are up to date."""

    run: Run
    environment: Environment
    company: Company
    request: SyncRequest
    source: Source
    settings: IntegrationSettings
    log: logging.Logger
    stop: threading.Event = field(default_factory=threading.Event)
    left_open: int = 0  # requests of earlier runs that were settled when this one began
    why_preview: WhyMade = "asked"
    _stored: bool = False
    _taken_up: TakenUp | None = None
    _approved_plans: list[PlanMade] = field(default_factory=list[PlanMade])
    _is_read_through: bool = False

    def __post_init__(self) -> None:
        size = self.environment.pipelines_chunk_records
        self.reading = RunReading(self.run, self.source, size, self.matches_of, self.leaves_out)

    def take(self, request: SyncRequest) -> None:
        """What was asked for, from here on: as a preview, where the company wants to approve such a run first."""
        if previews.needs_approval(self.run, self.company, request):
            request = msgspec.structs.replace(request, preview=True)
            self.why_preview = "policy"
            if not self._stored:
                how = previews.how_to_go_on(self.run.run_id)
                self.log.warning(
                    "This run needs an approval (policies.approval), so it is only planned. %s", how
                )
        self.request = request

    def narrow_to(self, record_types: Collection[str]) -> None:
        """What was asked for, from here on: these of its record types alone, the others are done."""
        days = tuple(
            ChosenDays(each.days, tuple(name for name in each.record_types if name in record_types))
            for each in self.request.days
        )
        self.request = msgspec.structs.replace(self.request, days=days)

    def leaves_out(self, record_type: str) -> bool:
        """Whether the company does not push the type at all."""
        return left_out(record_type, self.settings, self.company)

    def plan(
        self,
        record_type: str,
        records: Sequence[Dated] | None = None,
        matches: Matches | None = None,
        *,
        reading: Reading | None = None,
        days: ChosenDays | None = None,
    ) -> PlanMade:
        """Decide for every record of the type what to do, and write it down.

        ``records``, or a ``reading``, and ``matches``: given where the caller holds them, read from RentAxis otherwise. ``days``: which of
        the ranges, where there are several. The plan of a type that the company does not push is empty, and nothing is read of it.
        """
        ranges = self.request.days_of(record_type)
        (days,) = (days,) if days is not None else ranges
        if self.leaves_out(record_type) and records is None:
            context = self.plan_context(days.days)
            return self.planned(context, PlanMade(save_decided(context, record_type, ()), record_type))
        size = self.environment.pipelines_chunk_records
        if records is not None:
            reading, size = held(record_type, records), MOST
            matches = self.matches_of(payers_of(records)) if matches is None else matches
        is_first = reading is not None or days == ranges[0]
        if reading is None:
            self.reading.note(self.request, record_type)
        else:
            self.reading.note_given(record_type, days.days, reading)
        known = matches
        asked = Range(
            record_type=BY_NAME[record_type],
            reading=reading or self.reading.of(self.request),
            source=self.source,
            matches=self._all_matches if known is None else lambda: known,
            size=size,
            is_first=is_first,
        )
        context = self.plan_context(days.days)
        made = self.planned(context, plan_chosen(context, asked))
        if reading is None and (record_type, days) == self._last_planned:
            self.reading.close()
        return made

    def plan_these(self, context: PlanContext, wanted: Wanted) -> PlanMade:
        """The plan of exactly these records."""
        opened = open_plan(context, wanted.record_type)
        plan_at_once(opened, wanted)
        problems = problems_of(context, wanted.record_type, wanted.records)
        return self.planned(context, PlanMade(opened.plan_id, wanted.record_type, problems))

    def planned(self, context: PlanContext, plan: PlanMade) -> PlanMade:
        """The plan, which was written down; what of it a person is to approve is noted."""
        if self.request.preview and not self._stored:
            previews.store(self.run, self.request, self.why_preview)
            self._stored = True
        elif context.asks_to_overwrite:
            previews.store_overwrites(self.run, self.request, plan.plan_id)
        return plan

    def push(self, plan: PlanMade) -> None:
        """Send the plan, unless the request is a preview. Asked to stop meanwhile (Ctrl-C, a container's end, Dagster's terminate),
        what is in flight is finished, every other row is recorded as not reached, and the signal is delivered again.

        Raises UnusualPlan if the guard holds the plan back, and what ``pushing.push`` raises.
        """
        self._guard(plan)
        if not self.request.preview:
            self._send([plan])

    def _send(self, made: Sequence[PlanMade]) -> None:
        with signals_ask_to_stop(self.stop):
            for plan in made:
                push(self.run, plan.plan_id)
            if sentence := self.run.progress.sentence():
                self.log.info("So far: %s.", sentence)
            if self.stop.is_set():
                for plan in made:
                    finish_plan(self.run, plan.plan_id)  # the step that does so will not come

    def finish(self, plan: PlanMade) -> Proof:
        """Prove that every row has its result; raises RowsDoNotAddUp."""
        return finish_plan(self.run, plan.plan_id)

    def carry_out(self, plan: PlanMade) -> int:
        """Push it and finish it; returns how many rows have their result. Of an approved plan all is planned before any of it is sent:
        then it waits.
        """
        if self._taken_up is not None:
            self._approved_plans.append(plan)
            results.save_decided(self.run.connection, plan.plan_id, self.run.now())
            self.run.connection.commit()
            return 0
        self.push(plan)
        return self.finish(plan).rows_out

    def sync(self) -> Carried:
        """The whole request: one record with what it needs, every record type over all its ranges, one type after the other, or what
        a person approved of such a plan.

        Raises CannotLaunch for a plan that cannot be approved.
        """
        if self.request.approved is None:
            return self._carry_out_request()
        self._taken_up = previews.take_up(self.run, self.company, self.request)
        self.request = self._taken_up.request
        done = self._carry_out_request()
        done.rows += self._push_approved(self._taken_up)
        return done

    def _carry_out_request(self) -> Carried:
        done = Carried()
        if self.request.record is not None:
            done.rows = one_record.push_record(self, *self.request.record)
        if self.request.undo is not None:
            done.rows += self.carry_out(plan_undo(self))
        held: set[ChosenDays] = set()
        for record_type in self.request.record_types_in_push_order:
            # A preview is whole when each type has its plan, an empty one too.
            if self.leaves_out(record_type) and not self.request.preview:
                continue
            for days in self.request.days_of(record_type):
                if days in held:
                    continue
                plan = self.plan(record_type, days=days)
                done.problems += plan.problems
                if self._taken_up is None and not self.request.preview:
                    self._read_through(plan, days)
                try:
                    done.rows += self.carry_out(plan)
                except UnusualPlan as error:
                    held.add(days)
                    done.held.append(str(error))
        return done

    def _push_approved(self, taken_up: TakenUp) -> int:
        """Send what was planned as it was approved; returns how many rows have their result."""
        run, approved = self.run, taken_up.approved
        planned = plans.planned_for(run.connection, run.realm, run.run_id)
        known = links_of_keys(run.connection, run.realm, approved.rows.keys() - planned)
        for record_type, rows in by_record_type(not_planned(approved, planned, known)).items():
            days = [row.day for row in rows]
            context = self.plan_context(DateRange.of_days(min(days), max(days)))
            self._approved_plans.append(PlanMade(save_decided(context, record_type, rows), record_type))
        previews_stored.write_pushing(run.connection, taken_up.preview.preview_id)
        run.connection.commit()
        self._send(self._approved_plans)
        rows_out = sum(self.finish(plan).rows_out for plan in self._approved_plans)
        previews.finish(run, taken_up.preview)
        return rows_out

    def read(self, model: str, ids: Collection[str]) -> list[Dated]:
        """Records by id, as RentAxis has them now; those it does not have are left out."""
        found = self.source.by_id(model, ids)
        self.run.progress.add(read=len(found))
        return found

    def matches_of(self, payers: Iterable[Payer]) -> Matches:
        """Who is who in QuickBooks, of these tenants and programs, each as RentAxis had it last."""
        newest: dict[tuple[str, str], Payer] = {}
        for payer in payers:
            known = newest.get((payer.kind, payer.source_id))
            if known is None or known.updated_at < payer.updated_at:
                newest[payer.kind, payer.source_id] = payer
        return match_payers(self.run, newest.values())

    def plan_context(self, days: DateRange, *, forced: bool = True) -> PlanContext:
        """What a plan of these days is made with. ``forced``: False for what the chosen records need, whatever was asked.

        Raises WrongCompany where QuickBooks keeps its books in another currency.
        """
        references = references_of(self.run.connection, self.run.realm)
        refuse_other_currency(self.company, references)
        context = PlanContext(
            run=self.run,
            mapping=Context(self.company, references, self.request),
            days=days,
            enabled_types=enabled_types(self.settings, self.company),
            direction=self.settings.sync_direction or "none",
            settings=fingerprint(self.company, references),
            approved=None if self._taken_up is None else self._taken_up.approved,
            **(
                {"tax_details": self.source.tax_details}
                if self.company.policies.vendor_1099 == "push"
                else {}
            ),
        )
        return context if forced else context.unforced()

    def _guard(self, plan: PlanMade) -> None:
        """Holds the plan back if it is far from the usual; a preview and a person's confirmation are only noted in the log. Nothing is
        unusual about a run that is undone: it was sent before.
        """
        if self.request.undo is not None:
            return
        unusual = judge(self.run, plan.plan_id, self.company.policies.guard)
        if unusual is None:
            return
        confirmable = self.company.policies.approval != "unusual"
        if self.request.preview:
            self.log.warning("Far more than usual: the guard would hold this back (policies.guard).")
        elif self.request.confirm_unusual and confirmable:
            self.log.warning("Far more than usual; %s confirmed it.", self.run.requested_by)
        else:
            how = previews.how_to_go_on(self._stored_instead(plan))
            hold(self.run, plan.plan_id, unusual, f"{how} {HOW_TO_CONFIRM}" if confirmable else how)

    def _stored_instead(self, plan: PlanMade) -> str:
        """Store the days of a plan that is held back as a plan that a person can approve; returns its id."""
        head = plans.plan_of(self.run.connection, self.run.realm, plan.plan_id)
        chosen = tuple(days for days in self.request.days if days.days == head.days)
        request = msgspec.structs.replace(self.request, days=chosen, preview=True)
        run = dataclasses.replace(self.run, run_id=uuid.uuid4().hex, progress=Progress(listeners=[]))
        other = Engine(
            run, self.environment, self.company, request, self.source, self.settings, self.log, self.stop
        )
        other.why_preview = "guard"
        try:
            other.sync()
        finally:
            other.reading.close()
            self.reading.forget_notes()
        return run.run_id

    @property
    def _last_planned(self) -> tuple[str, ChosenDays]:
        asked = self.request.record_types_in_push_order
        last = [name for name in asked if not self.leaves_out(name)][-1]
        return last, self.request.days_of(last)[-1]

    def _all_matches(self) -> Matches:
        return self.reading.matches(self.request)

    def _read_through(self, plan: PlanMade, days: ChosenDays) -> None:
        """Before the first plan that sends anything: read what comes after it."""
        if self._is_read_through or not plans.how_many_to_send(self.run.connection, plan.plan_id):
            return
        self._is_read_through = True
        order = [
            (record_type, days)
            for record_type in self.request.record_types_in_push_order
            if not self.leaves_out(record_type)
            for days in self.request.days_of(record_type)
        ]
        rest = order[order.index((plan.record_type, days)) + 1 :]
        settings = marked_under(self.plan_context(days.days)) if may_settle(self.request) else None
        self.reading.read_through(self.request, rest, settings)


@contextlib.contextmanager
def open_engine(
    environment: Environment,
    company: Company,
    request: SyncRequest,
    *,
    run_id: str,
    source: Source | None = None,
    client: QuickBooksClient | None = None,
    wait_seconds: float = 30.0,
    log: logging.Logger = _LOG,
    **run_options: Any,
) -> Generator[Engine]:
    """The company, held until the block is left: the realm's lock, then RentAxis' settings, what was left open settled, lists read.

    ``source``: where records come from, RentAxis unless given; ``client``: the settings' own unless given; ``run_options``: fields
    of ``Run`` (workers, clock and the like). Raises LedgerLocked, CompanyChanged, WrongCompany, SourceError, QuickBooksError: before
    anything is written to QuickBooks.
    """
    source = source or RentAxis(environment, company.zone)
    stop = threading.Event()
    with open_run(
        environment,
        run_id,
        request.requested_by,
        source=source,
        client=client,
        wait_seconds=wait_seconds,
        **{"stop_requested": stop.is_set, "papers": papers_of(source, company), **run_options},
    ) as run:
        settings = source.settings()
        left_open = recover(run)
        bring_up_to_date(run)
        refuse_wrong_company(settings, environment, company)
        refuse_other_currency(company, references_of(run.connection, run.realm))
        if left_open:
            log.info("Settled %d requests left open by an earlier run.", left_open)
        engine = Engine(run, environment, company, request, source, settings, log, stop, left_open)
        engine.take(request)
        try:
            yield engine
        finally:
            engine.reading.close()
