"""One action for all records of a cause: a page says first exactly what it will do, a second click does it.

Here: excluding them, and retrying them. Not here: the statements (``ledger.open_groups``), the checks (``sync.group_decisions``).
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import msgspec
import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import open_groups, open_records
from rentaxis_pipelines.ledger.open_groups import DayRange, Group
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BY_NAME, RECORD_TYPES, belongs_to, in_words
from rentaxis_pipelines.model.sync_request import ChosenDays
from rentaxis_pipelines.orchestration import push_days
from rentaxis_pipelines.orchestration.decide import group_handed_over
from rentaxis_pipelines.orchestration.names import DECIDE, PUSH_DAYS
from rentaxis_pipelines.reports import attention
from rentaxis_pipelines.reports.attention import Cause
from rentaxis_pipelines.sync.decisions import DecisionMustWait, held_for_decisions
from rentaxis_pipelines.sync.group_decisions import Seen, exclude_group, excluding
from rentaxis_pipelines.web.desk.attention import type_chosen
from rentaxis_pipelines.web.desk.decide import launched_once
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

_EXAMPLES = 5
_MOST_RANGES = 60  # more scattered days than these are pushed as whole stretches, the days between included
_CAUSE_TAG = "rentaxis/cause"  # the cause that a run was launched for here
_STALE = "The page you sent this from is out of date. Look at it again, then confirm."


class Retrying(msgspec.Struct, frozen=True, kw_only=True):
    """What retrying a cause pushes. ``left``: records whose day no range includes, or that go with others."""

    ranges: Sequence[ChosenDays]
    rows: int
    days: int
    left: int


def routes() -> list[BaseRoute]:
    """The addresses of these pages and actions."""
    decides, pushes = "decide about records", "push records"
    return [
        page("/attention/{cause}/exclude", _ask_to_exclude),
        action(
            "/attention/{cause}/exclude", _exclude, role=Role.operator, what=decides, again=_ask_to_exclude
        ),
        page("/attention/{cause}/retry", _ask_to_retry),
        action("/attention/{cause}/retry", _retry, role=Role.operator, what=pushes, again=_ask_to_retry),
    ]


def _ask_to_exclude(visit: Visit, form: Form | None = None, trouble: str = "") -> Response:
    group = _group(visit)
    with visit.ledger() as connection:
        cause = attention.cause_of(connection, visit.realm, group.cause, group.record_type)
        plan = excluding(connection, visit.realm, group)
        examples = open_records.rows_of_cause(
            connection, visit.realm, group.cause, record_type=group.record_type, size=_EXAMPLES
        )
    if cause is None:
        return _nothing_left(visit)
    return visit.render(
        "attention_exclude.html",
        cause=cause,
        group=group,
        plan=plan,
        left=[(in_words(source_type), rows) for source_type, rows in plan.left.items()],
        examples=examples.rows,
        why=form["why"] if form else "",
        trouble=trouble,
    )


def _exclude(visit: Visit, form: Form) -> Response:
    if not form["why"]:
        raise FormError("Say why, in a few words: the reason is kept with the decision.")
    group, seen = _group(visit), _seen(form)
    try:
        with held_for_decisions(visit.environment) as connection:
            excluded = exclude_group(
                connection, visit.realm, group, seen, who=visit.who, why=form["why"], at=visit.now
            )
    except DecisionMustWait as wait:
        visit.launcher.job(DECIDE, group_handed_over(group, seen.newest, who=visit.who, why=form["why"]))
        said = f"{wait} Records that this sync tries again are not excluded: they are shown here anew if they still need attention."
        return visit.go(visit.url("attention"), said)
    records = "1 record is" if excluded == 1 else f"{excluded:,} records are"
    return visit.go(
        visit.url("attention"), f"{records} excluded from the sync from now on. Decisions has the way back."
    )


def _ask_to_retry(visit: Visit, _form: Form | None = None, trouble: str = "") -> Response:
    group = _group(visit)
    with visit.ledger() as connection:
        cause = attention.cause_of(connection, visit.realm, group.cause, group.record_type)
        plan = _retrying(visit, connection, group, cause)
        examples = open_records.rows_of_cause(
            connection, visit.realm, group.cause, record_type=group.record_type, size=_EXAMPLES
        )
    if cause is None:
        return _nothing_left(visit)
    return visit.render(
        "attention_retry.html", cause=cause, group=group, plan=plan, examples=examples.rows, trouble=trouble
    )


def _retry(visit: Visit, form: Form) -> Response:
    group = _group(visit)
    with visit.ledger() as connection:
        cause = attention.cause_of(connection, visit.realm, group.cause, group.record_type)
        plan = _retrying(visit, connection, group, cause)
    if cause is None:
        return _nothing_left(visit)
    if form["rows"] != str(cause.count) or form["days"] != str(plan.days):
        raise FormError(
            f"The group has changed since you looked: now it is {cause.count:,} records on {plan.days:,} days. Look at it again, then confirm."
        )
    if not plan.ranges:
        raise FormError("No range of days includes these records. Push them one by one from their own pages.")
    tags = {_CAUSE_TAG: f"{group.cause} {group.record_type or 'all'}"}
    run_id, new = launched_once(visit, PUSH_DAYS, push_days.run_config(plan.ranges), tags)
    said = "The sync of these days has been started." if new else "These days are being synced already."
    return visit.go(visit.url("runs", run_id), said)


def _group(visit: Visit) -> Group:
    return Group(cause=visit.path["cause"], record_type=type_chosen(visit))


def _seen(form: Form) -> Seen:
    """What the page said that the action would do. Raises FormError."""
    try:
        newest = dt.datetime.fromisoformat(form["newest"])
        seen = Seen(rows=int(form["rows"]), amount=Decimal(form["amount"]), newest=newest)
    except (ValueError, InvalidOperation):
        raise FormError(_STALE) from None
    if newest.tzinfo is None:
        raise FormError(_STALE)
    return seen


def _nothing_left(visit: Visit) -> Response:
    return visit.sentence(
        "Nothing is left of this",
        "No record needs attention for this reason any more: all were decided about, or went through. Nothing was done now.",
        link=visit.url("attention"),
        link_text="What needs attention now",
    )


def _retrying(visit: Visit, connection: sa.Connection, group: Group, cause: Cause | None) -> Retrying:
    """The days that can be chosen, by the record type a person chooses; scattered ones drawn together where they are many."""
    first, last = visit.company.first_day, visit.company.last_day(visit.now)
    by_type: dict[str, list[DayRange]] = {}
    rows = 0
    for each in open_groups.day_ranges(connection, visit.realm, group, first, last):
        record_type = belongs_to(BY_NAME[each.record_type].source_types[0])
        if record_type in RECORD_TYPES:
            by_type.setdefault(record_type, []).append(each)
            rows += each.rows
    ranges = [
        ChosenDays(DateRange.of_days(*days), (record_type,))
        for record_type, each in by_type.items()
        for days in _drawn_together(each)
    ]
    days = sum(chosen.days.number_of_days for chosen in ranges)
    return Retrying(ranges=ranges, rows=rows, days=days, left=(cause.count if cause else 0) - rows)


def _drawn_together(ranges: Sequence[DayRange]) -> list[tuple[dt.date, dt.date]]:
    """The ranges without overlaps, oldest first; the smallest gaps between them are filled until they are few enough."""
    joined: list[tuple[dt.date, dt.date]] = []
    for each in sorted(ranges, key=lambda one: (one.first_day, one.last_day)):
        if joined and each.first_day <= joined[-1][1] + dt.timedelta(days=1):
            joined[-1] = (joined[-1][0], max(joined[-1][1], each.last_day))
        else:
            joined.append((each.first_day, each.last_day))
    while len(joined) > _MOST_RANGES:
        at = min(range(len(joined) - 1), key=lambda place: joined[place + 1][0] - joined[place][1])
        joined[at : at + 2] = [(joined[at][0], joined[at + 1][1])]
    return joined
