"""How a stored plan stands, in a sentence for an accountant, and whether a person may approve it now.

Here: the ledger and the run that pushes it, put together. Not here: whether an approval is taken up, which the run decides once more
(``sync.previews``).
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from rentaxis_pipelines.ledger import previews, runs
from rentaxis_pipelines.ledger.previews import PlanLaunch
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.render.templates import days, moment
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.reports.plan_summary import ShortSummary
from rentaxis_pipelines.sync.previews import is_too_old, is_whole
from rentaxis_pipelines.web.desk.launching import RunState
from rentaxis_pipelines.web.desk.visit import Visit

WHY = {
    "asked": "",
    "policy": "The company's policies ask for an approval before a sync like this.",
    "guard": "It is far more than usual, so the sync was held back.",
    "overwrites": "It would overwrite what somebody changed in QuickBooks.",
}


@dataclass(frozen=True, kw_only=True)
class PlanState:
    """``word``: in a list. ``open``: rows can still be chosen and approved. ``interrupted``: its push can be finished as it was approved.
    ``run``: the run that pushes or pushed it, or that makes it; ``newer``: the plan that took its place.
    """

    word: str
    sentence: str
    open: bool = False
    interrupted: bool = False
    run: str = ""
    newer: str = ""


def state_of(visit: Visit, connection: sa.Connection, preview: Preview) -> PlanState:
    """How the plan stands now."""
    match preview.state:
        case "superseded":
            return PlanState(
                word="replaced",
                sentence="A newer preview of the same took its place, so this one cannot be approved any more.",
                newer=preview.superseded_by or "",
            )
        case "done":
            sentence = f"{_approved(visit, preview)} It was pushed by {moment(preview.done_at, visit.zone)}."
            return PlanState(word="pushed", sentence=sentence, run=preview.pushed_by_run or "")
        case "planned":
            return _waiting(visit, connection, preview)
        case _:
            return _on_its_way(visit, connection, preview)


def _on_its_way(visit: Visit, connection: sa.Connection, preview: Preview) -> PlanState:
    launch = previews.launch_of(connection, preview.preview_id)
    approved, run_id = _approved(visit, preview), preview.pushed_by_run or ""
    goes_on = visit.launcher.state(launch.run_id) if launch is not None else None
    if launch is not None and launch.run_id != run_id and goes_on is not None and goes_on.is_going:
        since = f"{launch.who} started to finish it on {moment(launch.at, visit.zone)}"
        return PlanState(
            word="being pushed",
            sentence=f"{approved} Its push was interrupted; {since}.",
            run=launch.run_id,
        )
    state = visit.launcher.state(run_id) if run_id else None
    if state is not None and state.is_going:
        return PlanState(word="being pushed", sentence=f"{approved} It is being pushed now.", run=run_id)
    why = _said(state)
    sentence = f"{approved} Its push was interrupted, so some of it may not be in QuickBooks yet.{why}"
    return PlanState(word="interrupted", sentence=sentence, interrupted=True, run=run_id)


def _waiting(visit: Visit, connection: sa.Connection, preview: Preview) -> PlanState:
    launch = previews.launch_of(connection, preview.preview_id)
    pushing = visit.launcher.state(launch.run_id) if launch is not None else None
    if launch is not None and pushing is not None and pushing.is_going:
        sentence = f"{launch.who} approved it on {moment(launch.at, visit.zone)}. It is pushed as soon as its turn comes."
        return PlanState(word="approved", sentence=sentence, run=launch.run_id)
    if is_too_old(visit.company, preview, visit.now):
        many = visit.company.policies.preview_days
        sentence = (
            f"It was made more than {many} {'day' if many == 1 else 'days'} ago, and the books may have changed since. "
            "Make a new preview of the same days."
        )
        return PlanState(word="too old", sentence=sentence)
    if not is_whole(connection, preview):
        making = visit.launcher.state(preview.preview_id)
        if making is not None and making.is_going:
            return PlanState(word="being made", sentence="It is still being made.", run=preview.preview_id)
        sentence = "It was never finished, because the run that made it was interrupted. Make a new preview of the same days."
        return PlanState(word="not finished", sentence=sentence)
    return PlanState(word="to approve", sentence=_nothing_sent(visit, launch, pushing), open=True)


def _nothing_sent(visit: Visit, launch: PlanLaunch | None, pushing: RunState | None) -> str:
    if launch is None:
        return "Nobody has approved it yet. Nothing of it has been sent to QuickBooks."
    why = _said(pushing)
    return (
        f"{launch.who} approved it on {moment(launch.at, visit.zone)}, but it was not pushed.{why} "
        "It can be approved once more."
    )


def _said(run: RunState | None) -> str:
    """Why the run could not be carried out, to follow another sentence; empty where nothing is known."""
    return f" {for_the_desk(run.sentence)}" if run is not None and run.sentence else ""


def _approved(visit: Visit, preview: Preview) -> str:
    return f"{preview.approved_by} approved it on {moment(preview.approved_at, visit.zone)}."


def title_of(visit: Visit, connection: sa.Connection, preview: Preview, summary: ShortSummary | None) -> str:
    """What the plan is about: its days, its one record, or the run that it would take back."""
    request = preview.request
    if request.undo is not None:
        known = runs.known(connection, preview.realm, [request.undo.run_id]).get(request.undo.run_id)
        when = f" of {moment(known.started_at, visit.zone)}" if known is not None else ""
        return f"Undo the run{when}"
    when = _days(preview, summary)
    if preview.why == "overwrites":
        return f"Overwrite changes made in QuickBooks, {when}"
    if request.record is not None:
        return f"Push {summary.record if summary is not None and summary.record else 'one record'}"
    return f"Sync {when}"


def _days(preview: Preview, summary: ShortSummary | None) -> str:
    ranges = [chosen.days for chosen in preview.request.days]
    if ranges:
        said = [days(each.first_day, each.last_day) for each in ranges[:_MOST_RANGES]]
        more = f" and {len(ranges) - _MOST_RANGES} more" if len(ranges) > _MOST_RANGES else ""
        return ", ".join(dict.fromkeys(said)) + more
    if summary is None or summary.first_day is None or summary.last_day is None:
        return ""
    return days(summary.first_day, summary.last_day)


_MOST_RANGES = 3


def listed_since(visit: Visit) -> dt.datetime:
    """Plans made after this instant are not too old to be approved."""
    return visit.now - dt.timedelta(days=visit.company.policies.preview_days)
