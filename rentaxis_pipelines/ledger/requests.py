"""HTTP writes, saved before they are sent. Reads and writes of ``ledger.requests``; the caller commits."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import Texts, as_json, execute, fetch, insert, write
from rentaxis_pipelines.model.requests import Request, RequestRow


def write_down(connection: sa.Connection, requests: Sequence[Request], rows: Sequence[RequestRow]) -> None:
    """Save requests and their rows before sending. A request sent again keeps its id; its old response no longer counts."""
    insert(
        connection,
        "requests",
        requests,
        """on conflict (request_id) do update set
             state = 'sending', attempts = excluded.attempts, sent_at = excluded.sent_at, plan_id = excluded.plan_id,
             run_id = excluded.run_id, requested_by = excluded.requested_by, answer = null, answered_at = null, intuit_tid = null""",
    )
    insert(
        connection,
        "request_rows",
        rows,
        "on conflict (request_id, b_id) do update set outcome = null, plan_id = excluded.plan_id, position = excluded.position",
    )


def write_answers(connection: sa.Connection, answered: Sequence[Request]) -> None:
    """Save QuickBooks' answers to these requests before anything is done with them."""
    if not answered:
        return
    statement = """update ledger.requests q set state = 'answered', answer = n.answer, intuit_tid = n.tid, answered_at = n.at
                   from unnest(cast(:ids as text[]), cast(:answers as text[]), cast(:tids as text[]), cast(:at as timestamptz[]))
                     as n (request_id, answer, tid, at) where q.request_id = n.request_id"""
    write(
        connection,
        statement,
        ids=[request.request_id for request in answered],
        answers=Texts([None if request.answer is None else request.answer.encode() for request in answered]),
        tids=[request.intuit_tid for request in answered],
        at=[request.answered_at for request in answered],
    )


def write_outcomes(connection: sa.Connection, rows: Sequence[RequestRow]) -> None:
    """Save the outcome of each row; a request whose rows all have an outcome becomes ``recorded``, and its response is dropped."""
    if not rows:
        return
    together: dict[tuple[str, str | None], list[str]] = {}
    for row in rows:
        together.setdefault((row.request_id, row.outcome), []).append(row.b_id)
    outcomes = [
        {"request_id": request_id, "outcome": outcome, "b_ids": b_ids}
        for (request_id, outcome), b_ids in together.items()
    ]
    statement = """update ledger.request_rows r set outcome = n.outcome
                   from json_to_recordset(cast(:outcomes as json)) as n (request_id text, outcome text, b_ids text[])
                   where r.request_id = n.request_id and r.b_id = any(n.b_ids)"""
    write(connection, statement, outcomes=as_json(outcomes))
    statement = """update ledger.requests q set state = 'recorded', answer = null where q.request_id = any(:ids)
                   and not exists (select from ledger.request_rows r where r.request_id = q.request_id and r.outcome is null)"""
    write(connection, statement, ids=list({row.request_id for row in rows}))


def open_requests(connection: sa.Connection, realm: str) -> list[Request]:
    """Requests not yet recorded, oldest first: left by a run that died, or that lost a response."""
    statement = "select * from ledger.requests where realm = :realm and state <> 'recorded' order by written_at, request_id"
    return fetch(connection, Request, statement, realm=realm)


def rows_in(connection: sa.Connection, request_ids: Iterable[str]) -> list[RequestRow]:
    """The rows of these requests."""
    statement = "select * from ledger.request_rows where request_id = any(:ids) order by request_id, b_id"
    return fetch(connection, RequestRow, statement, ids=list(request_ids))


def sends_of(connection: sa.Connection, rows: Sequence[RequestRow]) -> dict[int, int]:
    """How often each row was sent, in any request, by its position. All rows are of one plan."""
    if not rows:
        return {}
    statement = """select r.position, sum(q.attempts)::int as sends
                   from unnest(cast(:types as text[]), cast(:ids as text[]), cast(:positions as integer[])) as k (source_type, source_id, position)
                   join ledger.request_rows r using (source_type, source_id, position)
                   join ledger.requests q using (request_id)
                   where r.plan_id = :plan_id group by r.position"""
    rows_sent = execute(
        connection,
        statement,
        plan_id=rows[0].plan_id,
        types=[row.source_type for row in rows],
        ids=[row.source_id for row in rows],
        positions=[row.position for row in rows],
    )
    return {row.position: row.sends for row in rows_sent}


def generations(
    connection: sa.Connection, realm: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, int]:
    """The highest generation ever sent for each record of the realm; records never sent are absent."""
    statement = """select r.source_id, max(r.generation) as generation
                   from ledger.request_rows r join ledger.requests q using (request_id)
                   where q.realm = :realm and r.source_type = :type and r.source_id = any(:ids) group by r.source_id"""
    rows = execute(connection, statement, realm=realm, type=source_type, ids=list(set(source_ids)))
    return {row.source_id: row.generation for row in rows}


def has_open(connection: sa.Connection, realm: str) -> bool:
    """Whether the outcome of any request is not known or not recorded yet: the next run settles it before it plans."""
    statement = "select exists (select from ledger.requests where realm = :realm and state <> 'recorded')"
    return execute(connection, statement, realm=realm).scalar_one()
