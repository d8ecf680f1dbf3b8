"""The life of a stored plan: when a run becomes one, how a person's approval is taken up, and its end.

Here: what may be approved, and when a run needs it. Not here: planning it (``engine``), comparing rows (``planning.approval``), its
tables (``ledger.previews``). Everything a person did wrong raises CannotLaunch with a sentence, before anything is sent.
"""

import datetime as dt
import re

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import growing_plans, plans, previews, results
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.previews import FEWEST, SHORT, Preview, WhyMade
from rentaxis_pipelines.model.sync_request import ApprovedPlan, SyncRequest
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.sync.planning.approval import Approved, by_record, held_first
from rentaxis_pipelines.sync.planning.saving import overwrites_id
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.selection import chosen

_ID = re.compile(r"[\w-]+", re.ASCII)


def needs_approval(run: Run, company: Company, request: SyncRequest) -> bool:
    """Whether ``policies.approval`` makes a plan of this bulk run, to be approved before anything is sent."""
    if not request.days or request.ahead:
        return False
    policy = company.policies.approval
    return policy == "always" or (
        policy == "first_run" and not results.has_written(run.connection, run.realm)
    )


def how_to_go_on(preview_id: str) -> str:
    """What a person does with a plan that was stored."""
    short = preview_id[:SHORT]
    return f"Review it (rentaxis-sync plans {short}); if it is right, approve it (rentaxis-sync approve {short})."


def store(run: Run, request: SyncRequest, why: WhyMade) -> None:
    """Note that the plans of this run can be approved; those of earlier runs for the same request are superseded. Commits."""
    previews.save(run.connection, _preview(run, request, why, run.run_id))
    run.connection.commit()


def store_overwrites(run: Run, request: SyncRequest, plan_id: str) -> int:
    """Store what force would overwrite of that plan as a plan of its own, to be approved; returns how many rows. Commits."""
    preview_id = overwrites_id(run.run_id)
    copied = plans.copy_asking(run.connection, plan_id, preview_id, run.now())
    if copied:
        previews.save(run.connection, _preview(run, request, "overwrites", preview_id))
    run.connection.commit()
    return copied


def _preview(run: Run, request: SyncRequest, why: WhyMade, preview_id: str) -> Preview:
    return Preview(
        preview_id=preview_id,
        realm=run.realm,
        requested_by=run.requested_by,
        request=msgspec.structs.replace(request, preview=False, confirm_unusual=False),
        why=why,
        created_at=run.now(),
    )


class TakenUp(msgspec.Struct, frozen=True):
    """An approved plan on its way: what was asked for when it was made, and what its rows are held to."""

    preview: Preview
    request: SyncRequest
    approved: Approved


def take_up(run: Run, company: Company, request: SyncRequest) -> TakenUp:
    """The plan a person approves, with the approval written down; commits. One whose push was interrupted is gone on with.

    Raises CannotLaunch for an unknown plan, another company's, one that is superseded, too old, not whole, or approved before.
    """
    asked = request.approved
    assert asked is not None
    try:
        preview = plan_meant(run.connection, run.realm, asked.preview_id)
    except CannotLaunch as error:
        raise CannotLaunch(f"{error} Nothing was sent.") from None
    rows = previews.rows_of(run.connection, run.realm, preview.preview_id)
    goes_on = preview.state in ("approved", "pushing")
    if why_not := why_not_approvable(run.connection, company, preview, run.now()):
        raise CannotLaunch(f"{why_not} Nothing was sent.")
    if goes_on:
        asked = _as_before(preview, asked)
    to_send = [row for row in rows if row.status is None]
    chosen_rows = chosen(to_send, asked.only, asked.without)
    who = preview.approved_by or run.requested_by
    earlier = frozenset(filter(None, (*preview.interrupted_runs, preview.pushed_by_run)))
    if goes_on:
        previews.taken_up_again(run.connection, preview.preview_id, run.run_id)
    else:
        previews.write_approval(
            run.connection,
            preview.preview_id,
            who=who,
            run_id=run.run_id,
            only=asked.only,
            without=asked.without,
            at=run.now(),
        )
    run.connection.commit()
    approved = Approved(
        short_id=preview.short_id,
        rows=by_record(rows),
        held_first=held_first(rows),
        chosen=frozenset(chosen_rows),
        only_these=preview.why == "overwrites",
        made_at=preview.created_at,
        earlier_runs=earlier,
        who=who,
    )
    asked_then = msgspec.structs.replace(preview.request, approved=asked, requested_by=run.requested_by)
    return TakenUp(preview, asked_then, approved)


def plan_meant(connection: sa.Connection, realm: str, beginning: str) -> Preview:
    """The realm's plan with that id, or the only one whose id begins so. Raises CannotLaunch."""
    beginning = beginning.strip()
    if not previews.are_kept(connection):
        raise CannotLaunch("No plan is stored yet; rentaxis-sync preview makes one.")
    if len(beginning) < FEWEST or not _ID.fullmatch(beginning):
        raise CannotLaunch(
            f"Name a plan by its id, or by at least its first {FEWEST} characters; rentaxis-sync plans lists them."
        )
    found = previews.meant(connection, realm, beginning)
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(preview.preview_id[: SHORT * 2] for preview in found[:5])
        raise CannotLaunch(f"Several plans begin with {beginning}: {listed}. Write more of the id.")
    if previews.of_another_realm(connection, realm, beginning):
        raise CannotLaunch(
            f"Plan {beginning} belongs to another QuickBooks company than {realm}. Choose that company's settings."
        )
    raise CannotLaunch(f"There is no plan {beginning}; rentaxis-sync plans lists them all.")


def why_not_approvable(
    connection: sa.Connection, company: Company, preview: Preview, now: dt.datetime
) -> str:
    """Why the plan cannot be approved, in a sentence; empty where it can. One whose push was interrupted can be gone on with."""
    plan = f"Plan {preview.short_id}"
    if preview.state == "superseded":
        newer = (preview.superseded_by or "")[:SHORT]
        return f"{plan} was superseded by plan {newer}. Review that one."
    if preview.state == "done":
        at = f"{preview.approved_at:%Y-%m-%d}"
        return (
            f"{plan} was approved by {preview.approved_by} on {at} and pushed by run {(preview.pushed_by_run or '')[:SHORT]}. "
            "A plan is pushed once: preview the days again."
        )
    if is_too_old(company, preview, now):
        return (
            f"{plan} was made on {preview.created_at:%Y-%m-%d}, more than {company.policies.preview_days} days ago "
            "(policies.preview_days). Preview the days again."
        )
    if not is_whole(connection, preview):
        return f"{plan} was never finished, because its run was interrupted. Preview the days again."
    return ""


def is_too_old(company: Company, preview: Preview, now: dt.datetime) -> bool:
    """Whether nobody approved it in the days that the company gives (``policies.preview_days``)."""
    days = dt.timedelta(days=company.policies.preview_days)
    return preview.state == "planned" and now - preview.created_at > days


def is_whole(connection: sa.Connection, preview: Preview) -> bool:
    """Whether all that was asked for is in it."""
    made = previews.plans_of(connection, preview.realm, preview.preview_id)
    if preview.why == "overwrites" or not preview.request.days:
        return bool(made) and all(plan.finished_at is not None for plan in made)
    there = {
        (plan.record_type, plan.first_day)
        for plan in made
        if plan.finished_at is not None and growing_plans.is_whole(plan)
    }
    return all(
        (record_type, days.days.first_day) in there
        for days in preview.request.days
        for record_type in days.record_types
    )


def _as_before(preview: Preview, asked: ApprovedPlan) -> ApprovedPlan:
    """What was chosen when it was approved: an interrupted push is finished as it was begun. Raises CannotLaunch for another choice."""
    only, without = tuple(preview.only_rows), tuple(preview.without_rows)
    if (asked.only or asked.without) and (asked.only, asked.without) != (only, without):
        raise CannotLaunch(
            f"Plan {preview.short_id} was approved by {preview.approved_by}, and its push was interrupted. Approve it again without "
            "choosing rows, so that it is finished as it was approved. Nothing was sent."
        )
    return msgspec.structs.replace(asked, only=only, without=without)


def finish(run: Run, preview: Preview) -> None:
    """The end of a push: a plan whose rows were all reached is done; another one can be gone on with. Commits."""
    if not results.has_unreached(run.connection, run.realm, run.run_id):
        previews.write_done(run.connection, preview.preview_id, run.now())
    run.connection.commit()
