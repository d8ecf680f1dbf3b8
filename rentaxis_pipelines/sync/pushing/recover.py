"""Before a run plans anything: settle what runs before it left open.

A request that was being sent when its run died, or whose answer was lost, may or may not have been carried out. Nothing
is sent here: QuickBooks is looked at, what it has is linked, what it has not is noted as not carried out and will be planned
again. Rows of dead runs that were never sent are closed as ``not_reached``, so no row stays silent.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger import requests as stored
from rentaxis_pipelines.ledger.database import lost_connection_explained
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import refusal
from rentaxis_pipelines.model.requests import Request, RequestRow
from rentaxis_pipelines.quickbooks.answers import read_answer
from rentaxis_pipelines.quickbooks.batch import tokens_named
from rentaxis_pipelines.sync.pushing.batching import Prepared
from rentaxis_pipelines.sync.pushing.first_steps import as_sent
from rentaxis_pipelines.sync.pushing.in_doubt import InDoubtRow, Resend, look_up
from rentaxis_pipelines.sync.pushing.in_the_way import explained
from rentaxis_pipelines.sync.pushing.settle import Settled, settle
from rentaxis_pipelines.sync.pushing.transmit import verdicts_of_answer
from rentaxis_pipelines.sync.pushing.verdicts import NotWritten, Stop, Unknown, Verdict, Written
from rentaxis_pipelines.sync.run import Run


@lost_connection_explained()
def recover(run: Run) -> int:
    """Settle every open request of the realm and close the plans of runs that died; returns how many requests were open.

    Raises QuickBooksError if QuickBooks cannot be looked at, RunStopped if the run is asked to stop meanwhile: then what is
    not settled stays open, and nothing may be planned.
    """
    open_requests = stored.open_requests(run.connection, run.realm)
    # Whoever sent them held the realm until we had it, so nothing of them was sent after this instant.
    since = run.now()
    for request in open_requests:
        _settle_request(run, request, since)
    for plan_id in plans.unfinished_plans(run.connection, run.realm, run.run_id):
        results.save_decided(run.connection, plan_id, run.now())
        results.save_unreached(
            run.connection,
            plan_id,
            refusal(ReasonCode.NOT_REACHED),
            run.now(),
        )
        plans.finish_plan(run.connection, plan_id, run.now())
    run.connection.commit()
    return len(open_requests)


def _settle_request(run: Run, request: Request, since: dt.datetime) -> None:
    request_rows = [
        row for row in stored.rows_in(run.connection, [request.request_id]) if row.outcome is None
    ]
    planned = _planned(run, request_rows)
    # A row that was sent again, or after its first step, named a newer SyncToken than the one it was planned with.
    tokens = tokens_named(request.body.encode())
    sent = [
        msgspec.structs.replace(row, sync_token=tokens.get(request_row.b_id, row.sync_token))
        for request_row in request_rows
        for row in [as_sent(planned[request_row.plan_id, request_row.position], request_row)]
    ]
    prepared = Prepared(request, list(zip(request_rows, sent, strict=True)))
    final: list[Settled] = []
    in_doubt: list[InDoubtRow] = []
    for (request_row, row), verdict in zip(prepared.rows, _verdicts(prepared), strict=True):
        if isinstance(verdict, Written | NotWritten | Stop):
            final.append(Settled(request, request_row, row, verdict))
        else:
            in_doubt.append(InDoubtRow(prepared, request_row, row, verdict, since))
    not_executed: list[RequestRow] = []
    for doubtful, decision in zip(in_doubt, look_up(run, in_doubt), strict=True):
        if isinstance(decision, Resend):
            not_executed.append(msgspec.structs.replace(doubtful.request_row, outcome="not_executed"))
        else:
            final.append(Settled(request, doubtful.request_row, doubtful.row, decision))
    settle(run, explained(run, final))
    stored.write_outcomes(run.connection, not_executed)
    run.connection.commit()


def _planned(run: Run, request_rows: Sequence[RequestRow]) -> dict[tuple[str, int], PlannedRow]:
    planned_rows: dict[tuple[str, int], PlannedRow] = {}
    for plan_id in {row.plan_id for row in request_rows}:
        positions = [row.position for row in request_rows if row.plan_id == plan_id]
        for position, row in plans.rows_at(run.connection, plan_id, positions).items():
            planned_rows[plan_id, position] = row
    return planned_rows


def _verdicts(prepared: Prepared) -> list[Verdict]:
    """The verdicts of the answer that was written down, or doubt where there is none."""
    if prepared.request.answer is None:
        return [Unknown(answered=False)] * len(prepared.rows)
    answer = read_answer(200, prepared.request.answer.encode(), is_write=True)
    return verdicts_of_answer(prepared, answer)
