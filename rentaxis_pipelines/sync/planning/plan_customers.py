"""Plans of customers: who is created, who is updated, under which name.

Here: customers as a chosen record type, and customers that other records need. Not here: who is who (``matching``, ``resolve_payers``),
what a Customer looks like (``mapping``), vendors (``plan_vendors``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rentaxis_pipelines.mapping.parties import payer_label
from rentaxis_pipelines.matching.customers import Match, PayerKey
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.phases import PARENTS, RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import CUSTOMERS
from rentaxis_pipelines.model.record_types import PAYER_TYPES
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.sync.known_links import decision_states, links_of_keys
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse, payer_suffix, plain_name
from rentaxis_pipelines.sync.planning.party_rows import (
    Parents,
    Party,
    because,
    behind_their_records,
    earliest,
    failed_before,
    party_row,
    with_changes_in_quickbooks,
)
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, planned_row
from rentaxis_pipelines.sync.planning.property_customers import property_customers
from rentaxis_pipelines.sync.planning.resolve_payers import (
    Matches,
    found_links,
    keep,
    match_payers,
    to_be_matched,
)
from rentaxis_pipelines.sync.planning.take_back import take_back_once
from rentaxis_pipelines.sync.planning.uses import uses_of
from rentaxis_pipelines.sync.planning.why_stopped import left_out
from rentaxis_pipelines.sync.pushing.push import pending_id


class _Payers(msgspec.Struct, frozen=True):
    """What is known of the payers of one plan."""

    matches: Matches
    links: Mapping[PayerKey, Link]
    decided: Mapping[PayerKey, DecisionState]


def customer_rows(
    context: PlanContext, payers: Sequence[tuple[dt.date, Payer]], matches: Matches, names: NamesInUse
) -> tuple[list[PlannedRow], list[Subject]]:
    """Their rows, and what they are about, by kind and id. ``names``: those in use, with what was given to those before them."""
    known = _known(context, [payer for _, payer in payers], matches, keeps=context.allows(CUSTOMERS))
    current = with_changes_in_quickbooks(context, "Customer", known.links)
    known = msgspec.structs.replace(known, links=current)
    in_order = sorted(payers, key=lambda dated: (dated[1].kind, dated[1].source_id))
    above = property_customers(context, in_order, known.links, names)
    parties = [_party(day, payer, above.above(payer)) for day, payer in in_order]
    rows = [
        msgspec.structs.replace(
            _customer_row(context, party, known, names, phase=RECORDS),
            uses=uses_of(party.record, party.subject, context.mapping),
        )
        for party in parties
    ]
    take_back_once(context, rows)
    return [*above.needed_by(rows, names), *rows], [party.subject for party in parties]


def needed_customers(
    context: PlanContext,
    payers: Iterable[tuple[dt.date, Payer]],
    matches: Matches,
    booked_on: Mapping[PayerKey, Mapping[str, int]] | None = None,
) -> Parents:
    """The customers chosen records need, by payer key. Payers who wait for a person have no id but a reason.

    ``booked_on``: how many of each payer's records are on which customer in QuickBooks.
    """
    first_day = earliest(((payer.kind, payer.source_id), day, payer) for day, payer in payers)
    matches = {key: _as_booked(match, (booked_on or {}).get(key, {})) for key, match in matches.items()}
    known = _known(context, [payer for _, payer in first_day.values()], matches, keeps=True)
    failed = failed_before(context, PAYER_TYPES)
    names = NamesInUse(context.run)
    above = property_customers(context, first_day.values(), known.links, names)
    parties = {key: _party(day, payer, above.above(payer)) for key, (day, payer) in first_day.items()}
    linked = {key: party for key, party in parties.items() if key in known.links and key not in failed}
    rows = _updates(context, linked, known, names)
    brought_up_to_date = {(row.source_type, row.source_id) for row in rows if row.status is None}
    ids: dict[PayerKey, str] = {}
    waits: dict[PayerKey, Refusal] = {}
    for key in sorted(parties):
        match, link, payer = known.matches[key], known.links.get(key), first_day[key][1]
        excluded = known.decided.get(key, NOTHING_DECIDED).excluded is not None
        is_known = link is not None or (match.quickbooks_id is not None and not excluded)
        stays_inactive = link is not None and link.state == "void" and key not in brought_up_to_date
        if match.resolution != "stale" and is_known and not stays_inactive:
            # Also one that this very run has made since it matched.
            ids[key] = link.quickbooks_id if link is not None else str(match.quickbooks_id)
        elif key in failed:
            waits[key] = _naming(payer, failed[key])
        else:
            row = _customer_row(context, parties[key], known, names, phase=PARENTS)
            if row.action == "create":
                rows.append(row)
                ids[key] = pending_id(*key)
            else:
                waits[key] = _naming(payer, because(row))
    return Parents([*above.needed_by(rows, names), *rows], ids, waits)


def _updates(
    context: PlanContext, linked: Mapping[PayerKey, Party], known: _Payers, names: NamesInUse
) -> list[PlannedRow]:
    """The customers among these that are behind their records: brought up to date, or why they cannot be.

    Force is for the records that were chosen, not for whom they need.
    """
    context = context.unforced()
    behind = behind_their_records(context, "Customer", linked, known.links)
    known = msgspec.structs.replace(known, links=behind)
    rows = [_customer_row(context, linked[key], known, names, phase=PARENTS) for key in sorted(behind)]
    # What does not fit is said by the run that made or changed the customer, and again once the record has changed.
    changed = {key for key, link in behind.items() if _changed_at(linked[key]) > link.updated_at}
    return [
        row
        for row in rows
        if row.status != "skipped"
        or (row.reason_code == ReasonCode.UNFIT_FIELD and (row.source_type, row.source_id) in changed)
    ]


def _changed_at(party: Party) -> dt.datetime:
    assert isinstance(party.record, Payer)
    return party.record.updated_at


def _known(context: PlanContext, payers: Sequence[Payer], matches: Matches, *, keeps: bool) -> _Payers:
    """What is known of these payers, after what matching found is kept. A preview keeps nothing, and knows it all the same."""
    run = context.run
    if unmatched := to_be_matched(run, payers, matches):
        matches = {**matches, **match_payers(run, unmatched)}
    if keeps and not context.request.preview:
        keep(run, payers, matches)
    keys = {(payer.kind, payer.source_id) for payer in payers}
    known_links = links_of_keys(run.connection, run.realm, keys)
    if keeps and context.request.preview:
        known_links |= found_links(run, payers, matches)
    return _Payers(matches, known_links, decision_states(run.connection, run.realm, keys))


def _as_booked(match: Match, booked: Mapping[str, int]) -> Match:
    """Of the customers a person would be asked about, the one that our own records of the payer are on is the payer's."""
    candidates = {candidate.quickbooks_id for candidate in match.candidates if candidate.active}
    if match.resolution in ("waiting", "ambiguous") and len(booked) == 1 and booked.keys() <= candidates:
        return Match(match.payer_kind, match.payer_id, "own", next(iter(booked)))
    return match


def _naming(payer: Payer, why: Refusal) -> Refusal:
    """The reason as a sentence that names the payer: on another record's row nothing else does."""
    label = payer_label(payer)
    if label in why.reason:
        return why
    nameless = why.code == ReasonCode.MISSING_FIELD and not payer.name
    reason = f"{label} has no name." if nameless else f"{label}: {why.reason}"
    remedy = f"Fill in the name of {label} in RentAxis, then run again." if nameless else why.remedy
    return msgspec.structs.replace(why, reason=reason, remedy=remedy)


def _party(day: dt.date, payer: Payer, parent_id: str | None) -> Party:
    subject = Subject(day, CUSTOMERS, payer.kind, payer.source_id, payer_label(payer))
    return Party(subject, payer, plain_name(payer), payer_suffix(payer), parent_id=parent_id)


def _customer_row(
    context: PlanContext, party: Party, known: _Payers, names: NamesInUse, *, phase: int
) -> PlannedRow:
    key, link = party.key, known.links.get(party.key)
    stopped = context.gate(CUSTOMERS) or left_out(known.decided.get(key), *key, party.subject.label)
    if stopped is None and isinstance(party.record, Payer) and party.record.deleted_at is None:
        stopped = known.matches[key].refusal
    if stopped is not None:
        return planned_row(context, party.subject, stopped, link, phase=phase)
    return party_row(context, party, link, names, phase=phase)
