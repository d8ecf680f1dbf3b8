"""The proof: when the books were proved last, proving them again, and each month's answer with what stands between.

Here: months, their work paper on paper and in Excel. Not here: accounts and customers (``proof_books``), open balances and what is
missing (``proof_lists``).
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import sqlalchemy as sa
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, offset_of, page_of
from rentaxis_pipelines.orchestration.names import RECONCILE
from rentaxis_pipelines.render import file_names
from rentaxis_pipelines.reports import months, proof_pages
from rentaxis_pipelines.reports.proof_pages import Cell
from rentaxis_pipelines.reports.proof_state import last_proof
from rentaxis_pipelines.reports.work_paper import write_work_paper
from rentaxis_pipelines.web.desk import proof_frame
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.proof_frame import number_of, proved
from rentaxis_pipelines.web.desk.visit import Visit, title_of
from rentaxis_pipelines.web.people import Role

PRINTED = 300  # records on a printed work paper; the Excel file has all
_PIECE = 256 * 1024  # bytes
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[BaseRoute]:
    """The addresses of these pages."""
    return [
        page("/proof", _months),
        page("/proof/work-paper.xlsx", proved(_work_paper)),
        page("/proof/month/{month}", proved(_month)),
        page("/proof/month/{month}/print", proved(_print)),
        action("/proof/run", _prove, role=Role.operator, what="prove the books", again=_not_started),
    ]


def _months(visit: Visit) -> Response:
    return _with_trouble(visit, "")


def _with_trouble(visit: Visit, trouble: str) -> Response:
    with visit.ledger() as connection:
        ready = months.months_ready(connection)
    if ready.proof is None:
        return proof_frame.not_proved(visit, ready.sentence, trouble)
    number = number_of(visit)
    rows = ready.months[offset_of(number) : offset_of(number) + ROWS_A_PAGE + 1]
    return proof_frame.page(
        visit,
        "proof.html",
        "",
        proof=ready.proof,
        is_old=ready.proof.is_old(visit.now),
        answer=ready.answer(visit.today),
        last=ready.last(visit.today),
        months=page_of(rows, number),
        proving=proof_frame.proving(visit),
        trouble=trouble,
    )


def _month(visit: Visit) -> Response:
    with visit.ledger() as connection:
        found = _of_month(visit, connection, number_of(visit), ROWS_A_PAGE)
    return proof_frame.page(visit, "proof_month.html", "", proving=proof_frame.proving(visit), **found)


def _print(visit: Visit) -> Response:
    with visit.ledger() as connection:
        found = _of_month(visit, connection, 1, PRINTED)
    return proof_frame.page(visit, "proof_print.html", "", printed_at=visit.now, **found)


def _of_month(visit: Visit, connection: sa.Connection, number: int, size: int) -> dict[str, Any]:
    """All that is said of a month; accounts and blocking records ``size`` a page."""
    first_day = proof_frame.month_in(visit.path["month"])
    proof = last_proof(connection)
    month = months.month_of(connection, first_day)
    if month is None:
        raise FormError(
            f"The last proof does not reach {first_day:%B %Y}. It knows the months of the company's first day to the one it was made in, "
            "and months before that have records."
        )
    cell = Cell(month=first_day)
    return {
        "proof": proof,
        "is_old": proof.is_old(visit.now),
        "month": month,
        "kinds": months.kinds_of(connection, first_day),
        "blockers": months.blockers_of(connection, first_day, number, size),
        "left_out": months.left_out_of(connection, visit.realm, first_day, 1, size),
        "types": proof_pages.by_type(connection, cell),
        "reasons": proof_pages.by_explanation(connection, cell),
        "accounts": proof_pages.by_account(connection, cell, 1, size),
        "cell_of": lambda line: proof_frame.address_of(
            visit, "accounts", Cell(record_type=line.record_type, account=line.account, month=first_day)
        ),
    }


def _prove(visit: Visit, _form: Form) -> Response:
    going = proof_frame.proving(visit)
    if going is not None:
        return visit.go(visit.url("runs", going), "The books are being proved already.")
    run_id = visit.launcher.job(RECONCILE, {})
    return visit.go(
        visit.url("runs", run_id),
        "The books are being proved. Nothing is changed in QuickBooks. When it is done, the result is under Proof.",
    )


def _not_started(visit: Visit, _form: Form, sentence: str) -> Response:
    return _with_trouble(visit, sentence)


def _work_paper(visit: Visit) -> Response:
    """Made when it is asked for; its file has no name any more once it is sent."""
    with tempfile.TemporaryDirectory(prefix="rentaxis-work-paper-") as folder:
        with visit.ledger() as connection:
            proof = last_proof(connection)
            path = write_work_paper(connection, Path(folder) / "work-paper.xlsx")
        size = path.stat().st_size
        file = path.open("rb")
    day = proof.made_at.astimezone(visit.zone).date()
    name = file_names.file_name(f"{title_of(visit.made_for)} work paper {day}", "xlsx")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-length": str(size),
        "cache-control": "no-store",
    }
    return StreamingResponse(_pieces(file), media_type=_EXCEL, headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
