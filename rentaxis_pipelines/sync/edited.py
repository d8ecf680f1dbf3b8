"""One look for records that went through and were edited later, and for records entered late into days that were pushed.

Here: reading what changed in RentAxis since the cursor, and comparing it with each record's newest result. Not here: records
that failed or wait (``mended``), however they were edited.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from rentaxis_pipelines.ledger import tries
from rentaxis_pipelines.ledger.open_rows import Attempt, newest_attempts, pushed_days
from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.rentaxis import versions
from rentaxis_pipelines.rentaxis.versions import Version
from rentaxis_pipelines.sync.sensing import Eye, Seen, ask_for
from rentaxis_pipelines.sync.worth_trying import OVERLAP, Wanted, next_try

SENSOR = "edited_records"

_RECORD_TYPES = {
    "tenant": "customers",
    "program": "customers",
    "invoice": "invoices",
    "payment": "payments",
    "expense": "expenses",
}
# Whatever is edited, these stay as they are until somebody decides or sets something else.
_EDITS_DO_NOT_HELP = (
    ReasonCode.EXCLUDED,
    ReasonCode.BEFORE_GO_LIVE,
    ReasonCode.TYPE_NOT_ENABLED,
    ReasonCode.DIRECTION_EXCLUDES_PUSH,
    ReasonCode.FROM_QUICKBOOKS,
)
_JUST_BEFORE = dt.timedelta(microseconds=1)


def look(eye: Eye, since: dt.datetime | None) -> tuple[Seen, dt.datetime]:
    """The runs for what was edited after ``since``, and the instant to look from next time.

    That instant never passes a change whose run has not come to its end. The first look (None) goes back as many days as missed
    nights are caught up. Raises SourceError or LedgerUnreachable: then the old instant stands.
    """
    until = versions.now(eye.source) - OVERLAP
    since = since or until - dt.timedelta(days=eye.company.automation.catch_up_days)
    organization = eye.environment.rentaxis_organization_id
    changes = versions.changed_since(eye.source, since, organization, eye.company.zone)
    changes = [one for one in changes if eye.first_day <= one.day <= eye.last_day]
    if not changes:
        return Seen([], "Nothing was edited."), max(since, until)
    days = [one.day for one in changes]
    pushed = pushed_days(eye.ledger, eye.realm, min(days), max(days))
    attempts = newest_attempts(eye.ledger, eye.realm, [(one.source_type, one.source_id) for one in changes])
    tried = tries.tries_of(eye.ledger, eye.realm, SENSOR)
    settled = [key for key, one in tried.items() if one.requested_at < since - OVERLAP]
    tries.forget_tries(eye.ledger, eye.realm, SENSOR, settled)
    eye.ledger.commit()
    wanted: list[Wanted] = []
    unsettled: list[dt.datetime] = []
    for change in changes:
        key = (change.source_type, change.source_id)
        attempt = attempts.get(key)
        if change.day in eye.busy:  # who knows yet what that run has read
            unsettled.append(change.changed_at)
            continue
        if not _concerns_us(change, attempt, pushed):
            continue
        version = f"changed {change.changed_at.isoformat()}"
        looked_at = attempt.planned_at if attempt is not None else None
        number = next_try(version, tried.get(key), looked_at, eye.now, eye.company.automation.tries)
        if number == "never":
            continue
        unsettled.append(change.changed_at)
        if isinstance(number, int):
            wanted.append(Wanted(key, change.day, _RECORD_TYPES[change.source_type], version, number))
    after = max(since, min([until, *(at - _JUST_BEFORE for at in unsettled)]))
    if not wanted:
        return Seen([], "Nothing was edited that is not pushed, or being pushed."), after
    return ask_for(eye, SENSOR, wanted, pushed, "Records edited since they were pushed"), after


def _concerns_us(change: Version, attempt: Attempt | None, pushed: Mapping[dt.date, Collection[str]]) -> bool:
    """Whether the record is of a day that was pushed, and the change may be one that its newest result does not know of."""
    if _RECORD_TYPES[change.source_type] not in pushed.get(change.day, ()):
        return False
    if attempt is None:
        return True
    return (
        not attempt.is_open
        and attempt.reason_code not in _EDITS_DO_NOT_HELP
        and change.changed_at > attempt.read_at - OVERLAP
    )
