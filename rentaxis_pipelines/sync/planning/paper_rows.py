"""The planned rows of files: each attached to what its record is in QuickBooks, the same bytes to the same record once.

A file without a known SHA-256 is read here, so that what is planned names its bytes. Before any is uploaded QuickBooks is asked for files
of that name, as the ledger may be younger than the books, and a second copy would be one too many. Not here: what a file is in
QuickBooks (``mapping.papers``), the upload (``pushing``).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.attached_papers import attached, to_be_made
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_rows import newest_attempts
from rentaxis_pipelines.mapping.outcome import Facts, PaperFacts
from rentaxis_pipelines.mapping.papers import (
    belongs_to,
    file_name,
    is_exchanged,
    paper_label,
    plan_paper,
    taken_off_for_another,
)
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import Entity, sha256_of
from rentaxis_pipelines.model.phases import DEPENDENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import LEFT_OUT, REASONS, SWITCHED_OFF, ReasonCode
from rentaxis_pipelines.model.record_type import PAPER, REPLACED_PAPER
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, in_words
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.model.source_records import Paper
from rentaxis_pipelines.papers.content import Expected, refuse_too_large
from rentaxis_pipelines.papers.unfit import PaperRefused
from rentaxis_pipelines.quickbooks.compare import differences
from rentaxis_pipelines.sync.known_links import link_to, links_of_keys
from rentaxis_pipelines.sync.planning.kinds_shared import Chosen, Gathered, Rows
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import existing_of, planned_row, stopped_row
from rentaxis_pipelines.sync.planning.why_stopped import or_gone_on_both_sides
from rentaxis_pipelines.sync.pushing.in_doubt import find_own
from rentaxis_pipelines.sync.pushing.push import pending_id

# Why a record is rightly not in QuickBooks: nothing of it waits, so neither do its files.
_NOT_EXPECTED = (*LEFT_OUT, *SWITCHED_OFF, ReasonCode.VOID_NEVER_PUSHED, ReasonCode.UNDONE)

Objects = Mapping[Key, tuple[Entity, str]]


def rows_of_papers(gathered: Gathered, chosen: Sequence[Chosen]) -> Rows:
    """A row for each file."""
    context = gathered.context
    wanted = [each for each in chosen if each.stopped is None and each.record.deleted_at is None]
    owners = {each.record.belongs_to for each in wanted}
    objects = _objects(context, owners)
    absent = _not_there(context, owners - objects.keys())
    facts: dict[str, PaperFacts] = {}
    for each in wanted:
        owner = each.record.belongs_to
        known = PaperFacts(attach_to=objects.get(owner), not_there=absent.get(owner))
        facts[each.record.source_id] = _with_bytes(context, each.record, each.link, known)
    facts = _told_apart(context, wanted, facts)
    replaced = links.links_of(
        context.connection, context.realm, REPLACED_PAPER, [each.record.source_id for each in chosen]
    )
    rows: list[PlannedRow] = []
    exchanged: list[Link] = []
    for each in chosen:
        now = _exchanged(each, facts.get(each.record.source_id))
        if now is not each and each.link is not None:
            exchanged.append(msgspec.structs.replace(each.link, source_type=REPLACED_PAPER))
        earlier = exchanged[-1] if now is not each else replaced.get(each.record.source_id)
        if earlier is not None and each.stopped is None:
            rows.append(_row_of_earlier(gathered, each, earlier))
        rows.append(_row(gathered, now, facts.get(each.record.source_id)))
    return _without_those_there(context, rows), exchanged


def _exchanged(chosen: Chosen, known: PaperFacts | None) -> Chosen:
    """The file, as one that was never attached, where what is attached has other bytes and it can be attached as it is now."""
    paper, link = chosen.record, chosen.link
    if known is None or known.attach_to is None or known.same_as is not None or file_name(paper) is None:
        return chosen
    stands = link is not None and link.state == "live"
    if link is None or not stands or paper.problem is not None or not is_exchanged(link.mapped, known.sha256):
        return chosen
    return msgspec.structs.replace(chosen, link=None)


def _row_of_earlier(gathered: Gathered, chosen: Chosen, earlier: Link) -> PlannedRow:
    """Taking off what is attached with the bytes the file had before."""
    about = msgspec.structs.replace(
        chosen.subject,
        record_type=BY_SOURCE_TYPE[REPLACED_PAPER].name,
        source_type=REPLACED_PAPER,
        label=f"Earlier content of {chosen.subject.label}",
    )
    existing = existing_of(earlier)
    outcome = (
        taken_off_for_another(existing)
        if existing is not None
        else refusal(ReasonCode.UNCHANGED, f"{about.label} is no longer in QuickBooks.")
    )
    row = planned_row(gathered.context, about, outcome, earlier, phase=DEPENDENTS)
    # Not before what comes in its place is attached.
    waits = row.status is None and chosen.record.deleted_at is None
    return msgspec.structs.replace(
        row,
        conflict_keys=[f"{PAPER} of {belongs_to(chosen.record)}"],
        pending=[f"{PAPER}/{chosen.record.source_id}"] if waits else [],
    )


def _row(gathered: Gathered, chosen: Chosen, known: PaperFacts | None) -> PlannedRow:
    paper: Paper = chosen.record
    outcome = chosen.stopped or plan_paper(
        paper, existing_of(chosen.link), gathered.context.mapping, Facts(paper=known)
    )
    outcome = or_gone_on_both_sides(outcome, chosen.link, chosen.subject.label)
    row = planned_row(gathered.context, chosen.subject, outcome, chosen.link)
    uses = {f"{PAPER}/{paper.source_id}", f"{REPLACED_PAPER}/{paper.source_id}", belongs_to(paper)}
    if known is not None and known.same_as is not None:
        uses = set[str]()  # looked at in every run: the other one may be taken off
    # Files of one name are no rivals; files of one record go one after the other.
    keys = [f"{PAPER} of {belongs_to(paper)}"] if row.conflict_keys else []
    return msgspec.structs.replace(row, uses=sorted(uses), conflict_keys=keys)


def _objects(context: PlanContext, owners: Iterable[Key]) -> Objects:
    """What these records are in QuickBooks, or, where all is planned before any of it is sent, what they will be."""
    keys = list(owners)
    known = links_of_keys(context.connection, context.realm, keys)
    objects: dict[Key, tuple[Entity, str]] = {}
    if context.request.ahead:
        made = to_be_made(context.connection, context.realm, context.run.run_id, keys)
        objects = {key: (msgspec.convert(entity, Entity), pending_id(*key)) for key, entity in made.items()}
    for key, link in known.items():
        if link.state == "live":
            objects[key] = (msgspec.convert(link.quickbooks_type, Entity), link.quickbooks_id)
    return objects


def _not_there(context: PlanContext, owners: Iterable[Key]) -> dict[Key, Refusal]:
    """Why nothing can be attached to these, where it is for a good reason: what waits or failed has its own row, and the file waits with it."""
    newest = newest_attempts(context.connection, context.realm, owners)
    return {
        key: refusal(
            ReasonCode(attempt.reason_code),
            f"Its record ({in_words(key[0])} {key[1]}) is not in QuickBooks: {_meaning(attempt.reason_code)}",
        )
        for key, attempt in newest.items()
        if attempt.reason_code in _NOT_EXPECTED
    }


def _meaning(code: str | None) -> str:
    meaning = REASONS[ReasonCode(code or "")].meaning
    return meaning[:1].lower() + meaning[1:]


def _with_bytes(context: PlanContext, paper: Paper, link: Link | None, known: PaperFacts) -> PaperFacts:
    """The same with the SHA-256 of the file's bytes, as RentAxis has it, as they were attached, or read; or why it is not known."""
    sha256 = paper.sha256.lower() if paper.sha256 is not None else None
    if sha256 is None and link is not None and link.state == "live" and paper.updated_at <= link.updated_at:
        sha256 = sha256_of(link.mapped)
    if sha256 is not None:
        return msgspec.structs.replace(known, sha256=sha256)
    if paper.problem is not None or known.attach_to is None or file_name(paper) is None:
        return known  # refused before anything is read
    try:
        refuse_too_large(paper.size_bytes)
        content = context.run.papers.read(paper.location or "", Expected(size=paper.size_bytes))
    except PaperRefused as error:
        why = error.refusal
        said = Refusal(why.code, f"{paper_label(paper)}: {why.reason}", why.remedy)
        return msgspec.structs.replace(known, unread=said)
    return msgspec.structs.replace(known, sha256=hashlib.sha256(content).hexdigest())


def _told_apart(
    context: PlanContext, wanted: Sequence[Chosen], facts: Mapping[str, PaperFacts]
) -> dict[str, PaperFacts]:
    """The same, knowing which file's bytes are attached to the same record already: the one that is, else the oldest."""
    hashes = {known.sha256 for known in facts.values() if known.sha256 is not None}
    there = attached(context.connection, context.realm, context.run.run_id, hashes)
    told: dict[str, PaperFacts] = {}
    for each in wanted:
        paper: Paper = each.record
        known = facts[paper.source_id]
        if (
            known.sha256 is None
            or known.attach_to is None
            or paper.problem is not None
            or file_name(paper) is None
        ):
            told[paper.source_id] = known
            continue
        holders = there.setdefault((belongs_to(paper), known.sha256), [])
        if paper.source_id not in holders and not holders:
            holders.append(paper.source_id)
        first = None if paper.source_id in holders else f"file {holders[0]}"
        told[paper.source_id] = msgspec.structs.replace(known, same_as=first)
    return told


def _without_those_there(context: PlanContext, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows, without creating what stands in QuickBooks by our own note: that is linked. A metered read, many files in one; commits."""
    run = context.run
    creates = [row for row in rows if row.action == "create" and row.status is None]
    found = find_own(run, creates) if creates else {}
    if not found:
        return list(rows)
    kept: list[PlannedRow] = []
    linked: list[Link] = []
    for row in rows:
        current = found.get((row.source_type, row.source_id)) if row.action == "create" else None
        if current is None:
            kept.append(row)
            continue
        edited = bool(differences(row.payload or {}, current))
        linked.append(
            link_to(
                run,
                (row.source_type, row.source_id),
                row.quickbooks_type or "",
                current,
                row.mapped or {},
                "created",
                content_hash=row.content_hash or "",
                owned=sorted(row.payload or {}),
                # "0", the token of the creation: what a person changed is found out when we next write to it.
                **({"sync_token": "0"} if edited else {}),
            )
        )
        why = refusal(ReasonCode.UNCHANGED, f"{row.source_label} was found attached in QuickBooks.")
        kept.append(stopped_row(row, why))
    links.save_links(run.connection, linked)
    run.connection.commit()
    return kept
