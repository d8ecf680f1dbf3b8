"""One evaluation for records that went through and were edited later, and for records entered late into days that were pushed.

Here: reading what changed in RentAxis since the cursor, and comparing it with each record's newest result. Not here: records
that failed or wait (``fixed``), however they were edited.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from rentaxis_pipelines.ledger import tries
from rentaxis_pipelines.ledger.open_rows import Attempt, newest_attempts, pushed_days
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import CUSTOMERS
from rentaxis_pipelines.model.record_types import belongs_to
from rentaxis_pipelines.rentaxis import versions
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.versions import Version
from rentaxis_pipelines.sync.choice import left_out
from rentaxis_pipelines.sync.resync.retry_rules import OVERLAP, Wanted, next_try
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext, SensorOutcome, ask_for

SENSOR = "edited_records"

# Whatever is edited, these stay as they are until somebody decides or sets something else.
_EDITS_DO_NOT_HELP = (
    ReasonCode.EXCLUDED,
    ReasonCode.UNDONE,
    ReasonCode.BEFORE_GO_LIVE,
    ReasonCode.TYPE_NOT_ENABLED,
    ReasonCode.DIRECTION_EXCLUDES_PUSH,
    ReasonCode.FROM_QUICKBOOKS,
)
_JUST_BEFORE = dt.timedelta(microseconds=1)


def evaluate(context: SensorContext, since: dt.datetime | None) -> tuple[SensorOutcome, dt.datetime]:
    """The runs for what was edited after ``since``, and the instant to begin at next time.

    That instant never passes a change whose run has not come to its end. The first evaluation (None) goes back as many days as missed
    nights are caught up. Raises SourceError or LedgerUnreachable: then the old instant stands.
    """
    until = versions.now(context.source) - OVERLAP
    since = since or until - dt.timedelta(days=context.company.automation.catch_up_days)
    organization = context.environment.rentaxis_organization_id
    settings = integration_settings(context.source, organization)
    changes = [
        change
        for change in versions.changed_since(context.source, since, organization, context.company.zone)
        if not left_out(belongs_to(change.source_type), settings, context.company)
    ]
    if not changes:
        return SensorOutcome([], "Nothing was edited."), max(since, until)
    attempts = newest_attempts(
        context.ledger, context.realm, [(change.source_type, change.source_id) for change in changes]
    )
    days = [change.day for change in [*changes, *attempts.values()]]
    pushed = pushed_days(context.ledger, context.realm, DateRange.of_days(min(days), max(days)))
    tried = tries.tries_of(context.ledger, context.realm, SENSOR)
    settled = [key for key, attempt in tried.items() if attempt.requested_at < since - OVERLAP]
    tries.forget_tries(context.ledger, context.realm, SENSOR, settled)
    context.ledger.commit()
    wanted: list[Wanted] = []
    unsettled: list[dt.datetime] = []
    for change in changes:
        key = (change.source_type, change.source_id)
        attempt = attempts.get(key)
        if change.day in context.busy:  # who knows yet what that run has read
            unsettled.append(change.changed_at)
            continue
        day_and_type = _pushed_with(change, attempt, pushed)
        if day_and_type is None:
            continue
        day, record_type = day_and_type
        if not context.can_be_chosen(day) or (attempt is not None and _is_known(change, attempt)):
            continue
        version = f"changed {change.changed_at.isoformat()}"
        looked_at = attempt.planned_at if attempt is not None else None
        number = next_try(version, tried.get(key), looked_at, context.now, context.company.automation.tries)
        if number == "never":
            continue
        unsettled.append(change.changed_at)
        if isinstance(number, int) and context.may_push(day):
            after_run = attempt.run_id if attempt is not None else ""
            wanted.append(Wanted(key, day, record_type, version, number, after_run))
    after = max(since, min([until, *(at - _JUST_BEFORE for at in unsettled)]))
    if not wanted:
        return SensorOutcome(
            [], "Nothing was edited that has not been pushed, or is not being pushed now."
        ), after
    return ask_for(context, SENSOR, wanted, pushed, "Records edited since they were pushed"), after


def _pushed_with(
    change: Version, attempt: Attempt | None, pushed: Mapping[dt.date, Collection[str]]
) -> tuple[dt.date, str] | None:
    """The day and record type to push the change with: the day of the record, or the one it was moved away from; None where neither
    was ever pushed.

    The run of the old day takes along what stands on it in QuickBooks. A customer has no day there: it goes with the day, and if need be
    the type, of the record that needed it last.
    """
    record_type = belongs_to(change.source_type)
    if record_type in pushed.get(change.day, ()):
        return change.day, record_type
    if attempt is None:
        return None
    there = pushed.get(attempt.day, ())
    if record_type in there:
        return attempt.day, record_type
    if record_type == CUSTOMERS and attempt.pushed_as in there:
        return attempt.day, attempt.pushed_as
    return None


def _is_known(change: Version, attempt: Attempt) -> bool:
    """Whether the newest result knows of the change, or is one that no edit changes, or is another sensor's business."""
    return (
        attempt.is_open
        or attempt.reason_code in _EDITS_DO_NOT_HELP
        or change.changed_at <= attempt.read_at - OVERLAP
    )
