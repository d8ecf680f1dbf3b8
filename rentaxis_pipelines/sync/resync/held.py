"""Invoices, and credits, that payments stand in the way of: when they may go, and the payments that have not been pushed since.

An invoice that was voided in RentAxis is let go of by its payment the next time that is pushed, though nobody edited it. So its day
is brought first, and the invoice follows. Here: reading the ledger and RentAxis for both. Not here: what is worth trying (``retry_rules``).
"""

from collections.abc import Iterable, Mapping

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_rows import Attempt, newest_attempts
from rentaxis_pipelines.ledger.tries import Try
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, HELD_TYPES
from rentaxis_pipelines.rentaxis.versions import versions_of
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.resync.retry_rules import Wanted, next_try
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext

Holders = Mapping[Key, set[Key]]


def holders_of(context: SensorContext, rows: Iterable[Attempt]) -> Holders:
    """The payments of ours on each invoice that was held, as they were last written: none where all have let go."""
    held = [row.key for row in rows if _is_held(row)]
    if not held:
        return {}
    known = links_of_keys(context.ledger, context.realm, held)
    applied = links.payments_on(
        context.ledger, context.realm, [link.quickbooks_id for link in known.values()]
    )
    return {key: set(applied.get(link.quickbooks_id, {})) for key, link in known.items()}


def _is_held(row: Attempt) -> bool:
    return row.source_type in HELD_TYPES and row.reason_code == ReasonCode.HELD_BY_PAYMENT


def payments_first(
    context: SensorContext, rows: Iterable[Attempt], holders: Holders, tried: Mapping[Key, Try]
) -> list[Wanted]:
    """The payments that hold invoices and have not been looked at since the invoice was; with the invoice's own tries."""
    keys = {payment for payments in holders.values() for payment in payments}
    if not keys:
        return []
    attempts = newest_attempts(context.ledger, context.realm, keys)
    organization, zone = context.environment.rentaxis_organization_id, context.company.zone
    days = {
        key: payment.day for key, payment in versions_of(context.source, keys, organization, zone).items()
    }
    wanted: list[Wanted] = []
    for row in rows:
        for key in sorted(holders.get(row.key, ())):
            attempt = attempts.get(key)
            if attempt is None or attempt.planned_at > row.planned_at:
                continue
            version = f"held by {key[1]}"
            number = next_try(
                version, tried.get(row.key), None, context.now, context.company.automation.tries
            )
            if isinstance(number, int):
                day = days.get(key, attempt.day)  # one that was deleted is brought by the day it stands on
                wanted.append(Wanted(row.key, day, BY_SOURCE_TYPE[key[0]].name, version, number, row.run_id))
    return wanted
