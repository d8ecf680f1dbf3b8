"""One record on demand: type and id. What it needs (its customer, its invoices) is pushed with it, and nothing else."""

from enum import Enum

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.model.record_types import SOURCE_TYPES, in_words, listed
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED
from rentaxis_pipelines.orchestration.names import PUSH_RECORD, job_tags, named
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession, asked, company_op, options_of, session_of
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.which_record import record_meant

OP = "push_one_record"  # what the form of the job stands under

# What can be pushed by itself. In Dagster's forms these are a list to choose from.
RecordType: type[Enum] = Enum("RecordType", {name: name for name in SOURCE_TYPES})  # pyright: ignore[reportAssignmentType]


class PushRecord(dg.Config):
    """Which record."""

    record_type: RecordType = Field(  # pyright: ignore[reportInvalidTypeForm] - made of the registry
        description=f"{listed(SOURCE_TYPES)}."
    )
    source_id: str = Field(
        description="Its number (INV-000123), name or e-mail, or its id in RentAxis; use id:123 if it could be mistaken for something else."
    )


def push_record_job(scope: Scope) -> dg.JobDefinition:
    """The company's job for one record."""

    @company_op(
        scope,
        OP,
        out=dg.Out(dg.Nothing),
        description="Push one record and what it needs.",
    )
    def push_record_op(context: dg.OpExecutionContext, config: PushRecord) -> None:
        _push(context, session_of(context, scope), options_of(context), config)

    @dg.job(
        name=named(scope, PUSH_RECORD),
        description=f"Push one {listed([in_words(name) for name in SOURCE_TYPES])}, with the customer or invoices it needs.",
        tags={**job_tags(scope), **NOT_RETRIED},
    )
    def job() -> None:
        push_record_op.alias(OP)()

    return job


def _push(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, config: PushRecord
) -> None:
    meant = record_meant(session.scope, config.record_type.value, config.source_id)
    request = asked(context, options, record=(meant.source_type, meant.source_id))
    engine = session.engine(context, request)
    tag_beginning(context, session.scope, request)
    context.log.info(f"{engine.sync().rows} rows have their result.")
