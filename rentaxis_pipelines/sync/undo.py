"""Taking back a run: what it made is voided, deleted or made inactive, what it changed goes back to what stood there before.

An undo is a run like any other: planned row by row, written down, sent and settled by ``pushing``. A row that cannot be taken back is
refused with its reason, and so is what hangs on it. Killed on the way, it is launched again and finishes the rest.

Here: the order of gathering and deciding. Not here: the rules (``undoing``), sending (``pushing``), holding the records (``settle_undone``).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from rentaxis_pipelines.ledger import links, results, runs, versions
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import SOURCE, whole_key
from rentaxis_pipelines.sync.known_links import decision_states
from rentaxis_pipelines.sync.planning.planned import PlanMade, Subject
from rentaxis_pipelines.sync.planning.saving import save
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.selection import chosen
from rentaxis_pipelines.sync.snapshot import references_of
from rentaxis_pipelines.sync.undoing.applied_again import loosened_payments, with_applications
from rentaxis_pipelines.sync.undoing.dependents import Books, refuse_dependents, wire
from rentaxis_pipelines.sync.undoing.deposits import wire_deposits, with_their_payments
from rentaxis_pipelines.sync.undoing.history import History, Touched, history_of
from rentaxis_pipelines.sync.undoing.item import Item
from rentaxis_pipelines.sync.undoing.items import all_or_none, items_of
from rentaxis_pipelines.sync.undoing.obstacles import Facts, obstacle
from rentaxis_pipelines.sync.undoing.reading import in_quickbooks, links_to, paid_by_lines
from rentaxis_pipelines.sync.undoing.rows import rows_of
from rentaxis_pipelines.sync.undoing.users import refuse_those_in_use
from rentaxis_pipelines.sync.undoing.which_run import run_to_undo, undone_already, wrote_nothing

if TYPE_CHECKING:
    from rentaxis_pipelines.sync.engine import Engine

RECORD_TYPE = "undo"  # of the plan: its rows are of several


def plan_undo(engine: "Engine") -> PlanMade:
    """Write down what is to be done about each row of the run that the request names. Reads QuickBooks, sends nothing.

    Raises CannotLaunch, a sentence, where the run cannot be taken back as a whole; QuickBooksError, SourceError.
    """
    asked, run = engine.request.undo, engine.run
    assert asked is not None
    undone = run_to_undo(run.connection, run.realm, asked.run_id)
    whole_id = msgspec.structs.replace(asked, run_id=undone.run_id)
    engine.request = msgspec.structs.replace(engine.request, undo=whole_id)
    history, facts = _what_it_did(engine, undone, asked.only)
    # One that was approved may go on where its run died: then what it did is said of each row.
    if engine.request.approved is None and all(touched.undone_by is not None for touched in history.touched):
        raise undone_already(run.connection, run.realm, undone)
    items, books = _decided(run, history, facts)
    if not engine.request.preview:
        _under_former_types(run, items)
        _forget_deleted(run, items)
    rows = rows_of(items, books, undone.run_id, engine.company.currency, run.now().date())
    return _save(engine, rows)


def _what_it_did(engine: "Engine", undone: KnownRun, only: Sequence[str]) -> tuple[History, Facts]:
    run = engine.run
    written = versions.of_run(run.connection, run.realm, undone.run_id)
    if not written:
        raise wrote_nothing(run.connection, run.realm, undone)
    keys = {(version.source_type, version.source_id) for version in written}
    every = versions.of_records(run.connection, run.realm, keys)
    known = runs.known(run.connection, run.realm, {version.run_id or "" for version in every})
    undoes = {run_id: each.undoes for run_id, each in known.items() if each.undoes is not None}
    history = _chosen(history_of(undone.run_id, every, undoes), only)
    facts = Facts(
        run=undone,
        runs=known,
        closing_date=references_of(run.connection, run.realm).closing_date,
        edited=_edited(engine, history.touched),
        voided=_voided_by_us(run, history.touched),
        deposits=frozenset(
            written.address[1] for written in history.touched if written.address[0] == "Deposit"
        ),
    )
    return history, facts


def _chosen(history: History, only: Sequence[str]) -> History:
    """What a person chose of it; the parts of a record go with it. Raises CannotLaunch for a name that is none of its rows."""
    if not only:
        return history
    wholes = {whole_key(key) for key in chosen(history.touched, only, ())}
    touched = [written for written in history.touched if whole_key(written.key) in wholes]
    return msgspec.structs.replace(history, touched=touched)


def _edited(engine: "Engine", touched: Sequence[Touched]) -> dict[Key, dt.datetime]:
    """When each of these records was last changed in RentAxis; those it no longer has are absent."""
    keys: dict[str, set[str]] = defaultdict(set)
    for written in touched:
        source_type, source_id = whole_key(written.key)
        keys[source_type].add(source_id)
    changed = {
        (source_type, record.source_id): record.updated_at
        for source_type, ids in keys.items()
        if source_type in SOURCE
        for _, record in engine.read(SOURCE[source_type].model, sorted(ids))
    }
    wholes = {written.key: whole_key(written.key) for written in touched}
    return {key: changed[whole] for key, whole in wholes.items() if whole in changed}


def _voided_by_us(run: Run, touched: Sequence[Touched]) -> frozenset[str]:
    """Of the invoices that these payments were applied to, those that we voided since."""
    paid = {
        quickbooks_id
        for written in touched
        for entity, quickbooks_id in paid_by_lines(written.after)
        if entity == "Invoice"
    }
    return frozenset(links.voided_among(run.connection, run.realm, "Invoice", paid))


def _decided(run: Run, history: History, facts: Facts) -> tuple[list[Item], Books]:
    """What becomes of each object, and the books it is decided by."""
    loosened = loosened_payments(history.touched)
    known = links_to(run, [*(touched.address for touched in history.touched), *loosened])
    objects = in_quickbooks(run, history.touched, loosened)
    items = items_of(history, objects, known)
    for touched, item in zip(history.touched, items, strict=True):
        item.why = obstacle(touched, item, facts)
    applied_before = (
        results.written_by_undos(run.connection, run.realm, facts.run.run_id) if loosened else set[Key]()
    )
    items = with_applications(items, loosened, objects, known, facts, applied_before)
    books = Books(items, objects)
    gathered = with_their_payments(items)
    refuse_dependents(books, [*all_or_none(items), *gathered])
    wire(books)
    wire_deposits(gathered, references_of(run.connection, run.realm).undeposited_id)
    refuse_those_in_use(run, items)
    return items, books


def _under_former_types(run: Run, items: Sequence[Item]) -> None:
    """Keep the links of expenses that changed places as they were before, as a push does before it sends anything."""
    moved = [
        msgspec.structs.replace(item.link, source_type=item.key[0])
        for item in items
        if item.goes and item.link is not None and item.link.source_type != item.key[0]
    ]
    links.put_under(run.connection, moved)


def _forget_deleted(run: Run, items: Sequence[Item]) -> None:
    """Drop the links to what an earlier undo deleted after it had died: QuickBooks carried the call out late. Its record is held already;
    where it is not, the link stays, and keeps the record from being made anew.
    """
    gone = {
        item.address: whole_key(item.key)
        for item in items
        if item.reversal == "delete" and item.current is None and item.link is not None
    }
    states = decision_states(run.connection, run.realm, set(gone.values()))
    excluded = {key: state.excluded for key, state in states.items()}
    held = {key for key, decision in excluded.items() if decision is not None and decision.kind == "undo"}
    links.drop(run.connection, run.realm, [address for address, key in gone.items() if key in held])


def _save(engine: "Engine", rows: Sequence[PlannedRow]) -> PlanMade:
    days = [row.day for row in rows]
    context = engine.plan_context(DateRange.of_days(min(days), max(days)))
    subjects = [
        Subject(row.day, row.record_type, row.source_type, row.source_id, row.source_label, row.amount)
        for row in rows
    ]
    return engine.planned(context, PlanMade(save(context, RECORD_TYPE, rows, subjects), RECORD_TYPE))
