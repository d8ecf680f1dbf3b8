"""One evaluation for failed and waiting rows that have become worth trying.

Here: reading what ``retry_rules`` wants to know, for all open rows at once. Not here: the rules themselves.
"""

import datetime as dt
from collections.abc import Callable, Collection

from rentaxis_pipelines.ledger import tries
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_rows import (
    Attempt,
    decisions_since,
    invoices_applied_to,
    live_links,
    open_rows,
    pushed_days,
)
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import IN_PART, ReasonCode
from rentaxis_pipelines.model.record_types import EXPENSE, VENDOR
from rentaxis_pipelines.rentaxis.versions import Version, versions_of
from rentaxis_pipelines.sync.planning.settings_used import fingerprint
from rentaxis_pipelines.sync.resync import held
from rentaxis_pipelines.sync.resync.retry_rules import (
    OVERLAP,
    Known,
    fixed_records,
    needed_by,
    record_of,
    settings_may_help,
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
    rows = open_rows(context.ledger, context.realm)
    tried = tries.tries_of(context.ledger, context.realm, SENSOR)
    tries.forget_tries(context.ledger, context.realm, SENSOR, tried.keys() - {row.key for row in rows})
    context.ledger.commit()
    if not rows:
        return SensorOutcome([], "Nothing has failed and nothing is waiting.")
    holders = held.holders_of(context, rows)
    known = _known(context, rows, [key for key, found in holders.items() if not found])
    wanted = held.payments_first(context, rows, holders, tried)
    wanted += fixed_records(
        _not_stopped(rows, stopped_by_hand), known, tried, context.now, context.company.automation.tries
    )
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
        [], f"{len(rows)} records have failed or are waiting; nothing about them has changed."
    )


def _known(context: SensorContext, rows: list[Attempt], let_go: Collection[Key]) -> Known:
    settings = fingerprint(context.company, references_of(context.ledger, context.realm))
    oldest = min(row.read_at for row in rows)
    decisions = decisions_since(context.ledger, context.realm, oldest)
    versions = _versions(context, rows, oldest, decisions.keys(), settings)
    needed = {
        key
        for row in rows
        if waits_for_others(row) and record_of(row) in versions
        for key in needed_by(row, versions[record_of(row)])
    }
    partly = [row.source_id for row in rows if row.reason_code in IN_PART]
    return Known(
        versions=versions,
        decisions=decisions,
        links=live_links(context.ledger, context.realm, needed),
        settings=settings,
        applied=invoices_applied_to(context.ledger, context.realm, partly),
        waits_for_all=context.company.policies.unapplied == "hold",
        let_go=let_go,
    )


def _versions(
    context: SensorContext, rows: list[Attempt], oldest: dt.datetime, decided: Collection[Key], settings: str
) -> dict[Key, Version]:
    """The records as RentAxis has them; of most rows only those that changed, so that many unchanged ones cost little."""
    vendors_decided = any(source_type == VENDOR for source_type, _ in decided)

    def closely(row: Attempt) -> bool:
        return (
            waits_for_others(row)
            or row.reason_code in (ReasonCode.HELD_BY_PAYMENT, ReasonCode.NOT_REACHED)
            or settings_may_help(row, settings)
            or row.key in decided
            or record_of(row) in decided
            or (vendors_decided and record_of(row)[0] == EXPENSE)
        )

    whole = {record_of(row) for row in rows if closely(row)}
    others = {record_of(row) for row in rows} - whole
    organization, zone = context.environment.rentaxis_organization_id, context.company.zone
    return {
        **versions_of(context.source, others, organization, zone, since=oldest - OVERLAP, parties=decided),
        **versions_of(context.source, whole, organization, zone),
    }


def _not_stopped(rows: list[Attempt], stopped_by_hand: Stopped) -> list[Attempt]:
    unreached = {row.run_id for row in rows if row.reason_code == ReasonCode.NOT_REACHED}
    stopped = stopped_by_hand(unreached) if unreached else ()
    return [row for row in rows if row.reason_code != ReasonCode.NOT_REACHED or row.run_id not in stopped]
