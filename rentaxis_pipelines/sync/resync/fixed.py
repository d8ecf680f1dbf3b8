"""One evaluation for failed and waiting rows that have become worth trying.

Here: reading what ``retry_rules`` wants to know, for all open rows at once. Not here: the rules themselves.
"""

from collections.abc import Callable, Collection, Mapping

from rentaxis_pipelines.ledger import open_attempts, tries
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_attempts import Closely, Opened
from rentaxis_pipelines.ledger.open_rows import (
    Attempt,
    NewestDecision,
    applied_to,
    decisions_since,
    live_links,
    pushed_days,
)
from rentaxis_pipelines.ledger.tries import Try
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import IN_PART, ReasonCode
from rentaxis_pipelines.model.record_type import EXPENSE, VENDOR
from rentaxis_pipelines.rentaxis.versions import Version, changed_among, versions_of
from rentaxis_pipelines.sync.planning.settings_used import fingerprint
from rentaxis_pipelines.sync.resync import held
from rentaxis_pipelines.sync.resync.retry_rules import (
    IN_THE_SETTINGS,
    MAY_PASS,
    OF_PAYMENTS_WAIT_FOR_OTHERS,
    OVERLAP,
    WAIT_FOR_OTHERS,
    Known,
    Wanted,
    fixed_records,
    needed_by,
    record_of,
    waits_for_others,
)
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext, SensorOutcome, ask_for
from rentaxis_pipelines.sync.snapshot import references_of

SENSOR = "fixed_records"

Stopped = Callable[[Collection[str]], Collection[str]]


def evaluate(context: SensorContext, stopped_by_hand: Stopped) -> SensorOutcome:
    """The runs for what was fixed. ``stopped_by_hand``: of these run ids, those a person ended; what they did not reach waits.

    Raises SourceError or LedgerUnreachable, then nothing is noted and the next evaluation sees the same.
    """
    opened = open_attempts.opened(context.ledger, context.realm)
    tried = tries.tries_of(context.ledger, context.realm, SENSOR)
    settled = tried.keys() - open_attempts.still_open(context.ledger, context.realm, tried.keys())
    tries.forget_tries(context.ledger, context.realm, SENSOR, settled)
    context.ledger.commit()
    if opened.oldest is None:
        return SensorOutcome([], "Nothing has failed and nothing is waiting.")
    stopped = stopped_by_hand(opened.unreached) if opened.unreached else ()
    wanted = worth_trying(context, opened, tried, stopped)
    wanted = [wanted_record for wanted_record in wanted if context.may_push(wanted_record.day)]
    if wanted:
        days = [wanted_record.day for wanted_record in wanted]
        pushed = pushed_days(context.ledger, context.realm, DateRange.of_days(min(days), max(days)))
        # A record that somebody pushed alone says nothing of the rest of its day.
        wanted = [
            wanted_record
            for wanted_record in wanted
            if wanted_record.pushed_as in pushed.get(wanted_record.day, ())
        ]
        if wanted:
            return ask_for(context, SENSOR, wanted, pushed, "Records fixed")
    return SensorOutcome(
        [], f"{opened.rows} records have failed or are waiting; nothing about them has changed."
    )


def worth_trying(
    context: SensorContext, opened: Opened, tried: Mapping[Key, Try], stopped: Collection[str]
) -> list[Wanted]:
    """The open rows that are worth trying now, payments that hold an invoice first. ``stopped``: the runs a person ended.

    Of most rows only a change in RentAxis helps: RentAxis is asked which of them changed, and the others are never read.
    """
    if opened.oldest is None:
        return []
    settings = fingerprint(context.company, references_of(context.ledger, context.realm))
    decisions = decisions_since(context.ledger, context.realm, opened.oldest)
    closely = _closely(settings, decisions.keys())
    organization, zone = context.environment.rentaxis_organization_id, context.company.zone
    others = open_attempts.ids_of_others(context.ledger, context.realm, closely)
    changed = changed_among(
        context.source, others, opened.oldest - OVERLAP, decisions.keys(), organization, zone
    )
    first: list[Wanted] = []
    wanted: list[Wanted] = []
    for rows in open_attempts.rows_to_look_at(context.ledger, context.realm, closely, changed.keys()):
        holders = held.holders_of(context, rows)
        let_go = [key for key, found in holders.items() if not found]
        known = _known(context, rows, changed, decisions, settings, let_go)
        first += held.payments_first(context, rows, holders, tried)
        reached = _not_stopped(rows, stopped)
        wanted += fixed_records(reached, known, tried, context.now, context.company.automation.tries)
    return first + wanted


def _closely(settings: str, decided: Collection[Key]) -> Closely:
    """The rows that something else than a change in RentAxis may release."""
    return Closely(
        reasons=(*WAIT_FOR_OTHERS, ReasonCode.HELD_BY_PAYMENT, *MAY_PASS),
        of_payments=OF_PAYMENTS_WAIT_FOR_OTHERS,
        in_settings=IN_THE_SETTINGS,
        settings=settings,
        decided=decided,
        # A vendor is known by its folded name, which only its record tells.
        decided_wholes=[EXPENSE] if any(source_type == VENDOR for source_type, _ in decided) else (),
    )


def _known(
    context: SensorContext,
    rows: list[Attempt],
    changed: Mapping[Key, Version],
    decisions: Mapping[Key, NewestDecision],
    settings: str,
    let_go: Collection[Key],
) -> Known:
    """What may release these rows. ``changed``: those that were read already because they changed."""
    organization, zone = context.environment.rentaxis_organization_id, context.company.zone
    unread = {record_of(row) for row in rows} - changed.keys()
    versions = {**changed, **versions_of(context.source, unread, organization, zone)}
    needed = {
        key
        for row in rows
        if waits_for_others(row) and record_of(row) in versions
        for key in needed_by(row, versions[record_of(row)])
    }
    partly = [row.key for row in rows if row.reason_code in IN_PART]
    return Known(
        versions=versions,
        decisions=decisions,
        links=live_links(context.ledger, context.realm, needed),
        settings=settings,
        applied=applied_to(context.ledger, context.realm, partly),
        waits_for_all=context.company.policies.unapplied == "hold",
        let_go=let_go,
    )


def _not_stopped(rows: list[Attempt], stopped: Collection[str]) -> list[Attempt]:
    return [row for row in rows if row.reason_code != ReasonCode.NOT_REACHED or row.run_id not in stopped]
