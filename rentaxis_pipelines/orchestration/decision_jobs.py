"""What a person decides, as Dagster jobs with a form: who is whose customer, what is left out of the sync.

Here: the forms. Not here: whether a decision is allowed and what it does (``sync.decide_links``); the same by command line
(``cli.links``).
"""

from enum import Enum
from typing import cast

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.model.decisions import Kind
from rentaxis_pipelines.model.record_types import DECIDABLE, listed
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED, step
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.sync.decide_links import DecisionRequest, decide, describe
from rentaxis_pipelines.sync.which_record import record_meant

# What a decision may be about.
RecordType: type[Enum] = Enum("RecordType", {name: name for name in DECIDABLE})  # pyright: ignore[reportAssignmentType]


class AboutRecord(dg.Config):
    """A decision about a record alone."""

    record_type: RecordType = Field(  # pyright: ignore[reportInvalidTypeForm] - made of the registry
        description=f"{listed(DECIDABLE)}."
    )
    source_id: str = Field(
        description="The record's number, name or e-mail, or its id in RentAxis; id:123 where that could be something else."
    )
    why: str = Field(description="Why you decide so. It is kept with the decision.")
    who: str = Field(description="Your name. It is kept with the decision.")


class AboutLink(AboutRecord):
    """A decision about a record and a QuickBooks object."""

    quickbooks_id: str = Field(
        description="The number of the customer or vendor, as the row that waits shows it."
    )


_FORMS: dict[Kind, tuple[str, type[AboutRecord], str]] = {
    "confirm": (
        "confirm_link",
        AboutLink,
        "Say that a record is the QuickBooks customer or vendor suggested.",
    ),
    "reject": (
        "reject_link",
        AboutLink,
        "Say that a record is not the one suggested; it is never suggested again.",
    ),
    "unlink": (
        "unlink_record",
        AboutRecord,
        "Undo the link of a record. The object in QuickBooks stays as it is.",
    ),
    "relink": (
        "relink_record",
        AboutLink,
        "Link a record to another QuickBooks object than it is linked to.",
    ),
    "make_new": (
        "make_new_in_quickbooks",
        AboutRecord,
        "Say that a record is none of those suggested: make a new one.",
    ),
    "exclude": ("exclude_record", AboutRecord, "Leave a record out of the sync, with the reason."),
    "include": ("include_record", AboutRecord, "Let a record that was excluded take part again."),
}


def _job(kind: Kind, name: str, form: type[AboutRecord], description: str) -> dg.JobDefinition:
    # An op's form is read from the annotation of its parameter `config`, so each kind of form has an op of its own.
    if form is AboutLink:

        @dg.op(name=f"{name}_op", out=dg.Out(dg.Nothing), description=description)
        @step
        def op(context: dg.OpExecutionContext, config: AboutLink, session: SyncSession) -> None:
            _decide(context, session, kind, config, config.quickbooks_id)

    else:

        @dg.op(name=f"{name}_op", out=dg.Out(dg.Nothing), description=description)
        @step
        def op(context: dg.OpExecutionContext, config: AboutRecord, session: SyncSession) -> None:
            _decide(context, session, kind, config, None)

    @dg.job(
        name=name,
        description=f"{description} Kept with who, when and why.",
        tags={"quickbooks/push": "one_at_a_time", **NOT_RETRIED},
    )
    def job() -> None:
        op()

    return job


def _decide(
    context: dg.OpExecutionContext,
    session: SyncSession,
    kind: Kind,
    form: AboutRecord,
    quickbooks_id: str | None,
) -> None:
    source_type = cast("Enum", form.record_type).value
    meant = record_meant(session.environment, source_type, form.source_id)
    run = session.run(context)
    request = DecisionRequest(
        kind=kind,
        source_type=source_type,
        source_id=meant.source_id,
        quickbooks_id=quickbooks_id,
        why=form.why,
        who=form.who,
    )
    decision = decide(run.connection, run.realm, request, run.now())
    context.log.info(one_line(describe(decision)))


decision_jobs: list[dg.JobDefinition] = [_job(kind, *form) for kind, form in _FORMS.items()]
