"""Decisions people make, as one Dagster job with a form: which customer a tenant is, what is excluded from the sync.

Here: the form, which asks for the kind of decision first, then for what that kind needs. Not here: the kinds themselves
(``model.decisions``), whether a decision is allowed and what it does (``sync.decisions``); the same by command line (``cli.links``).
"""

import datetime as dt
from typing import Any

import dagster as dg

from rentaxis_pipelines.ledger.open_groups import Group
from rentaxis_pipelines.model.decisions import DECISIONS, DecisionKind, Kind
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED
from rentaxis_pipelines.orchestration.names import DECIDE, job_tags, named
from rentaxis_pipelines.orchestration.session import SyncSession, company_op, session_of
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.decisions import DecisionRequest, decide, describe
from rentaxis_pipelines.sync.group_decisions import exclude_what_is_left
from rentaxis_pipelines.sync.which_record import BY_ID, record_meant

OP = "decision"  # what the form of the job stands under
EXCLUDE_GROUP = "exclude_group"  # beside the kinds of decision: many records at once
# Seconds. A push from the command line does not stand in Dagster's queue; a decision waits for it as long as a night may take.
_WAITS_FOR = 5 * 3600.0


def run_config(kind: str, form: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a run that makes a decision of that kind."""
    return {"ops": {OP: {"config": {kind: form}}}}


def handed_over(request: DecisionRequest) -> dict[str, Any]:
    """The configuration of the run that makes the decision: for one that has to wait for a run to end."""
    form = {
        "record_type": request.source_type,
        "source_id": f"{BY_ID}{request.source_id}",
        "quickbooks_id": request.quickbooks_id,
        "why": request.why,
        "who": request.who,
        "seen": request.seen,
        "decision": request.withdraws,
    }
    return run_config(request.kind, {name: value for name, value in form.items() if value is not None})


def group_handed_over(group: Group, until: dt.datetime, *, who: str, why: str) -> dict[str, Any]:
    """The same for excluding all open records of a cause, as they were at ``until``."""
    form = {"cause": group.cause, "until": until.isoformat(), "why": why, "who": who}
    if group.record_type:
        form["record_type"] = group.record_type
    return run_config(EXCLUDE_GROUP, form)


def decide_job(scope: Scope) -> dg.JobDefinition:
    """The company's job that makes a decision."""

    @company_op(
        scope,
        OP,
        out=dg.Out(dg.Nothing),
        description="Make one decision, about one record or about all that need attention for one reason.",
        config_schema=_FORM,
    )
    def decision_op(context: dg.OpExecutionContext) -> None:
        ((kind, form),) = context.op_config.items()
        session = session_of(context, scope)
        if kind == EXCLUDE_GROUP:
            _exclude_group(context, session, form)
        else:
            _decide(context, session, kind, form)

    @dg.job(
        name=named(scope, DECIDE),
        description="Decide about a record: whose customer or vendor it is, or whether it is left out of the sync. The form begins with "
        f"the kind of decision: {', '.join(DECISIONS)} or {EXCLUDE_GROUP}. Kept with who, when and why.",
        tags={**job_tags(scope), **NOT_RETRIED},
    )
    def job() -> None:
        decision_op.alias(OP)()

    return job


_WHY_AND_WHO = {
    "why": dg.Field(str, description="The reason. It is kept with the decision."),
    "who": dg.Field(str, description="Your name. It is kept with the decision."),
}


def _form_of_group() -> dg.Field:
    return dg.Field(
        {
            "cause": dg.Field(str, description="The cause, as in the address of its page in the sync desk."),
            "record_type": dg.Field(str, is_required=False, description="Records of this type only."),
            "until": dg.Field(
                str,
                description="Leave alone what was tried after this instant, such as 2026-11-03T17:00:00Z.",
            ),
            **_WHY_AND_WHO,
        },
        description="Leave out of the sync all records that need attention for one reason. The sync desk starts it while a sync is running.",
    )


def _form_of(kind: Kind, described: DecisionKind) -> dg.Field:
    types = described.source_types
    fields = {
        "record_type": dg.Field(
            dg.Enum(f"record_type_to_{kind}", [dg.EnumValue(name) for name in types]),
            description=f"{', '.join(types[:-1])} or {types[-1]}.",
        ),
        "source_id": dg.Field(
            str,
            description="The record's number, name or e-mail, or its id in RentAxis; id:123 where that could be something else.",
        ),
        **_WHY_AND_WHO,
        "seen": dg.Field(
            int,
            is_required=False,
            description="Leave it out. Where it is given, the decision is refused if a newer one was made about the record.",
        ),
    }
    if kind == "withdraw":
        fields["decision"] = dg.Field(
            int, is_required=False, description="Leave it out to undo the newest decision about the record."
        )
    if described.names_object == "must":
        fields["quickbooks_id"] = dg.Field(
            str, description="The id of the object in QuickBooks, as shown on the waiting record."
        )
    return dg.Field(fields, description=described.purpose)


# One for all companies: it says nothing of any of them.
_FORM = dg.Selector(
    {
        **{kind: _form_of(kind, described) for kind, described in DECISIONS.items()},
        EXCLUDE_GROUP: _form_of_group(),
    }
)


def _decide(context: dg.OpExecutionContext, session: SyncSession, kind: Kind, form: dict[str, Any]) -> None:
    session.wait_seconds = _WAITS_FOR
    meant = record_meant(session.scope, form["record_type"], form["source_id"])
    run = session.engine(context).run
    request = DecisionRequest(
        kind=kind,
        source_type=form["record_type"],
        source_id=meant.source_id,
        quickbooks_id=form.get("quickbooks_id"),
        why=form["why"],
        who=form["who"],
        seen=form.get("seen"),
        withdraws=form.get("decision"),
    )
    decision = decide(run.connection, run.realm, request, run.now())
    context.log.info(one_line(describe(decision)))


def _exclude_group(context: dg.OpExecutionContext, session: SyncSession, form: dict[str, Any]) -> None:
    try:
        until = dt.datetime.fromisoformat(form["until"])
    except ValueError:
        raise CannotLaunch("Write the instant as 2026-11-03T17:00:00Z. Nothing was decided.") from None
    if until.tzinfo is None:
        raise CannotLaunch(
            "Write the instant with its time zone, as 2026-11-03T17:00:00Z. Nothing was decided."
        )
    session.wait_seconds = _WAITS_FOR
    run = session.engine(context).run
    group = Group(cause=form["cause"], record_type=form.get("record_type"))
    excluded = exclude_what_is_left(
        run.connection, run.realm, group, until, who=form["who"], why=form["why"], at=run.now()
    )
    context.log.info(f"{excluded:,} records are excluded from the sync from now on.")
