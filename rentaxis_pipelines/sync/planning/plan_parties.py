"""Plans of customers: who is created, who is updated, under which name.

Here: customers as a chosen record type, and customers that other records need. Not here: who is who (``matching``, ``resolve_payers``),
what a Customer looks like (``mapping``), vendors (``plan_vendors``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

import msgspec

from rentaxis_pipelines.ledger import links, people
from rentaxis_pipelines.mapping.outcome import Context, Mapped
from rentaxis_pipelines.mapping.parties import payer_label, plan_customer
from rentaxis_pipelines.matching.customers import Match, PayerKey
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.phases import PARENTS, RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal_of
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.sync.planning.current_links import NAME, with_current_name
from rentaxis_pipelines.sync.planning.excluded import left_out
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse, given_name, plain_name
from rentaxis_pipelines.sync.planning.planned import Subject, existing_of, planned_row, save
from rentaxis_pipelines.sync.planning.resolve_payers import (
    Matches,
    keep,
    match_payers,
    payer_decisions,
    payer_links,
    to_be_matched,
)
from rentaxis_pipelines.sync.planning.take_back import look_once
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.request import Terms, gate
from rentaxis_pipelines.sync.run import Run

Key = TypeVar("Key")


class Parents(msgspec.Struct, frozen=True):
    """What chosen records need before them: rows that make it, ids it has or will have, and why it has none."""

    rows: list[PlannedRow] = []
    ids: Mapping[Any, str] = {}  # by payer key or vendor key; a parent still to be made has a ``pending_id``
    waits: Mapping[Any, Refusal] = {}


class _Payers(msgspec.Struct, frozen=True):
    """What is known of the payers of one plan."""

    matches: Matches
    links: Mapping[PayerKey, Link]
    decided: Mapping[PayerKey, DecisionState]


def plan_customers(
    run: Run, context: Context, terms: Terms, payers: Sequence[tuple[dt.date, Payer]], matches: Matches
) -> str:
    """The plan of the customers of a date range; returns its id."""
    known = _known(run, terms, [payer for _, payer in payers], matches, keeps=terms.allows("customers"))
    current = with_changes_in_quickbooks(run, terms, "Customer", known.links)
    known = msgspec.structs.replace(known, links=current)
    names = NamesInUse(run)
    rows: list[PlannedRow] = []
    subjects: list[Subject] = []
    for day, payer in sorted(payers, key=lambda one: (one[1].kind, one[1].source_id)):
        subject = _subject(day, payer)
        subjects.append(subject)
        rows.append(_customer_row(subject, payer, known, context, terms, names, phase=RECORDS))
    look_once(run, context.company.first_day, rows)
    return save(run, terms, "customers", rows, subjects)


def needed_customers(
    run: Run,
    context: Context,
    terms: Terms,
    payers: Iterable[tuple[dt.date, Payer]],
    matches: Matches,
    booked_on: Mapping[PayerKey, Mapping[str, int]] | None = None,
) -> Parents:
    """The customers chosen records need, by payer key. Payers who wait for a person have no id but a reason.

    ``booked_on``: how many of each payer's records stand on which customer in QuickBooks.
    """
    first_day: dict[PayerKey, tuple[dt.date, Payer]] = {}
    for day, payer in payers:
        key = (payer.kind, payer.source_id)
        if key not in first_day or day < first_day[key][0]:
            first_day[key] = (day, payer)
    matches = {key: _as_booked(match, (booked_on or {}).get(key, {})) for key, match in matches.items()}
    known = _known(run, terms, [payer for _, payer in first_day.values()], matches, keeps=True)
    failed = failed_before(run, ("tenant", "program"))
    names = NamesInUse(run)
    ids: dict[PayerKey, str] = {}
    waits: dict[PayerKey, Refusal] = {}
    current = {key: one for key, one in first_day.items() if key in known.links and key not in failed}
    rows = _following(run, context, terms, current, known, names)
    for key in sorted(first_day):
        day, payer = first_day[key]
        match, link = known.matches[key], known.links.get(key)
        excluded = known.decided.get(key, NOTHING_DECIDED).excluded is not None
        found = link is not None or (match.quickbooks_id is not None and not excluded)
        if match.resolution != "stale" and found:
            # Also one that this very run has made since it matched.
            ids[key] = link.quickbooks_id if link is not None else str(match.quickbooks_id)
        elif key in failed:
            waits[key] = _naming(payer, failed[key])
        else:
            row = _customer_row(_subject(day, payer), payer, known, context, terms, names, phase=PARENTS)
            if row.action == "create":
                rows.append(row)
                ids[key] = pending_id(*key)
            else:
                waits[key] = _naming(payer, because(row))
    return Parents(rows, ids, waits)


def _following(
    run: Run,
    context: Context,
    terms: Terms,
    current: Mapping[PayerKey, tuple[dt.date, Payer]],
    known: _Payers,
    names: NamesInUse,
) -> list[PlannedRow]:
    """The customers among these that are linked and behind their records: brought up to date, or why they cannot be.

    Force is for the records that were chosen, not for whom they need.
    """
    context, terms = (
        msgspec.structs.replace(context, force=False),
        terms.unforced(),
    )
    behind = {
        key: link
        for key, (_, payer) in current.items()
        if is_behind(plan_customer(payer, existing_of(link := known.links[key]), context, _name(payer, link)))
    }
    if not behind:
        return []
    now = with_changes_in_quickbooks(run, terms, "Customer", behind)
    known = msgspec.structs.replace(known, links=now)
    rows = [
        _customer_row(_subject(*current[key]), current[key][1], known, context, terms, names, phase=PARENTS)
        for key in sorted(behind)
    ]
    # What does not fit is said by the run that made or changed the customer, and again once the record has changed.
    changed = {key for key in behind if current[key][1].updated_at > behind[key].updated_at}
    return [
        row
        for row in rows
        if row.status != "skipped"
        or (row.reason_code == ReasonCode.UNFIT_FIELD and (row.source_type, row.source_id) in changed)
    ]


def is_behind(outcome: Mapped | Refusal) -> bool:
    """Whether what stands in QuickBooks is to be changed for the record, or cannot be, whole or in part."""
    told = isinstance(outcome, Refusal) and outcome.code == ReasonCode.UNFIT_FIELD
    return isinstance(outcome, Mapped) or outcome.status == "failed" or told


def _known(run: Run, terms: Terms, payers: Sequence[Payer], matches: Matches, *, keeps: bool) -> _Payers:
    """What is known of these payers, after what matching found is kept. A dry run keeps nothing."""
    if unmatched := to_be_matched(run, payers, matches):
        matches = {**matches, **match_payers(run, unmatched)}
    if keeps and not terms.request.preview:
        keep(run, payers, matches)
    return _Payers(matches, payer_links(run, payers), payer_decisions(run, payers))


def _as_booked(match: Match, booked: Mapping[str, int]) -> Match:
    """Of the customers a person would be asked about, the one that our own records of the payer stand on is the payer's."""
    candidates = {one.quickbooks_id for one in match.candidates if one.active}
    if match.resolution in ("waiting", "ambiguous") and len(booked) == 1 and booked.keys() <= candidates:
        return Match(match.payer_kind, match.payer_id, "own", next(iter(booked)))
    return match


def with_changes_in_quickbooks(
    run: Run, terms: Terms, entity: str, known: Mapping[Key, Link]
) -> dict[Key, Link]:
    """The same with links as their customers or vendors stand now; what that changes of them is kept."""
    ids = [link.quickbooks_id for link in known.values()]
    objects = people.objects(run.connection, run.realm, entity, ids)
    now = {key: with_current_name(link, objects.get(link.quickbooks_id)) for key, link in known.items()}
    if not terms.request.preview:
        links.save_links(run.connection, [link for key, link in now.items() if link != known[key]])
        run.connection.commit()
    return now


def failed_before(run: Run, source_types: Iterable[str]) -> dict[tuple[str, str], Refusal]:
    """Parents that this very run could not make: they are not tried again until the next one."""
    refused = people.refused_in_run(run.connection, run.realm, run.run_id, source_types)
    return {(row.source_type, row.source_id): because(row) for row in refused}


def because(row: PlannedRow | RowResult) -> Refusal:
    """Why a row is not written."""
    return refusal_of(row) or Refusal(ReasonCode.WAITING_FOR_PARENT, "", "")


def _naming(payer: Payer, why: Refusal) -> Refusal:
    """The reason as a sentence that names the payer: on another record's row nothing else does."""
    label = payer_label(payer)
    if label in why.reason:
        return why
    nameless = why.code == ReasonCode.MISSING_FIELD and not payer.name
    reason = f"{label} has no name." if nameless else f"{label}: {why.reason}"
    remedy = f"Fill in the name of {label} in RentAxis, then run again." if nameless else why.remedy
    return msgspec.structs.replace(why, reason=reason, remedy=remedy)


def _subject(day: dt.date, payer: Payer) -> Subject:
    return Subject(day, "customers", payer.kind, payer.source_id, payer_label(payer))


def _customer_row(
    subject: Subject,
    payer: Payer,
    known: _Payers,
    context: Context,
    terms: Terms,
    names: NamesInUse,
    *,
    phase: int,
) -> PlannedRow:
    link = known.links.get((payer.kind, payer.source_id))
    outcome, payload = _plan_one(payer, link, known, context, terms, names, needed=phase == PARENTS)
    return planned_row(
        subject, outcome, link, terms=terms, currency=context.company.currency, phase=phase, payload=payload
    )


def _plan_one(
    payer: Payer,
    link: Link | None,
    known: _Payers,
    context: Context,
    terms: Terms,
    names: NamesInUse,
    *,
    needed: bool,
) -> tuple[Mapped | Refusal, dict[str, Any] | None]:
    key = (payer.kind, payer.source_id)
    label = payer_label(payer)
    decided = {payer.source_id: known.decided[key]} if key in known.decided else {}
    stopped = gate(terms, "customers") or left_out(decided, payer.kind, payer.source_id, label)
    if stopped is None and payer.deleted_at is None:
        stopped = known.matches[key].refusal
    if stopped is not None:
        return stopped, None
    base, suffix = plain_name(payer), _suffix(payer)
    kept = given_name(link, payer.name, base, suffix) is not None
    existing = existing_of(link)
    # Whether anything is written does not hang on the name, so a name is only taken for a customer that gets it.
    outcome = plan_customer(payer, existing, context, _name(payer, link), needed=needed)
    if isinstance(outcome, Refusal):
        return outcome, None
    if not kept:
        owner = (
            f"Customer:{link.quickbooks_id}" if existing is not None and link is not None else f"new {key}"
        )
        name = names.choose(base, suffix, owner)
        outcome = plan_customer(payer, existing, context, name, needed=needed)
    if isinstance(outcome, Mapped) and outcome.action == "create":
        # The mark is sent and not kept: it says whose the customer is should the ledger ever be lost, and is the accountant's to remove.
        return outcome, cast("dict[str, Any]", {**outcome.payload, "Notes": marker(*key)})
    if isinstance(outcome, Refusal) or not kept:
        return outcome, None
    # RentAxis' name is what it was, so a name that differs in QuickBooks is the accountant's: it stays.
    return outcome, cast(
        "dict[str, Any]", {field: value for field, value in outcome.payload.items() if field != NAME}
    )


def _name(payer: Payer, link: Link | None) -> str:
    """The name the payer was given, as long as it fits its record; its own name otherwise."""
    base = plain_name(payer)
    return given_name(link, payer.name, base, _suffix(payer)) or base


def _suffix(payer: Payer) -> str:
    return f"{payer.kind} {payer.source_id}"
