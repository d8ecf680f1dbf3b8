"""The reconciliation by account and by customer or vendor, from sums over all months down to the records of one line.

Not here: a month as a whole (``proof``).
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.reports import proof_pages
from rentaxis_pipelines.reports.proof_pages import Cell, Sums
from rentaxis_pipelines.reports.proof_state import last_proof
from rentaxis_pipelines.web.desk import proof_frame
from rentaxis_pipelines.web.desk.forms import FormError, page
from rentaxis_pipelines.web.desk.proof_frame import address_of, cell_in, number_of, proved
from rentaxis_pipelines.web.desk.visit import Visit

_NOTHING = "The proof has no such line. The books may have been proved again since this page was opened."


def routes() -> list[BaseRoute]:
    """The addresses of these pages."""
    return [
        page("/proof/accounts", proved(_accounts)),
        page("/proof/customers", proved(_customers)),
        page("/proof/rows", proved(_rows)),
    ]


def _accounts(visit: Visit) -> Response:
    """All accounts; one of them by month; one month of it by customer or vendor."""
    cell, number = cell_in(visit), number_of(visit)
    with visit.ledger() as connection:
        proof = last_proof(connection)
        if cell.account is None or cell.record_type is None:
            cell, split = Cell(month=cell.month), "account"
            lines = proof_pages.by_account(connection, cell, number)
        elif cell.month is None:
            split = "month"
            lines = proof_pages.by_month(connection, cell, number)
        else:
            split = "party"
            lines = proof_pages.lines_of_account(connection, cell, number)
        sums = proof_pages.by_type(connection, Cell(record_type=cell.record_type, account=cell.account, month=cell.month))  # fmt: skip
    if not sums and split != "account":
        raise FormError(_NOTHING)

    def onward(line: Sums) -> str:
        asked = Cell(
            record_type=line.record_type,
            account=line.account,
            month=line.month or cell.month,
            party=line.party,
        )
        return address_of(visit, "rows" if split == "party" else "accounts", asked)

    return proof_frame.page(
        visit,
        "proof_lines.html",
        "accounts",
        proof=proof,
        heading=", ".join(proof_frame.names(cell)) if split != "account" else "Accounts",
        about=cell,
        split=split,
        sums=sums,
        lines=lines,
        onward=onward,
        to=lambda number: address_of(visit, "accounts", cell, page=number),
        up=_up(visit, cell) if split != "account" else None,
    )


def _up(visit: Visit, cell: Cell) -> tuple[str, str]:
    """The list that a line was taken from: its address and what it is called."""
    if cell.month is not None:
        above = Cell(record_type=cell.record_type, account=cell.account)
        return address_of(visit, "accounts", above), f"All months of {cell.account}"
    return address_of(visit, "accounts", Cell()), "All accounts"


def _customers(visit: Visit) -> Response:
    """All customers and vendors; or one of them by month and account."""
    cell, number = cell_in(visit), number_of(visit)
    with visit.ledger() as connection:
        proof = last_proof(connection)
        if cell.party is None:
            sums = proof_pages.by_type(connection, Cell())
            lines = proof_pages.by_party(connection, number)
        else:
            sums = proof_pages.party_sums(connection, cell.party)
            lines = proof_pages.lines_of_party(connection, cell.party, number)
    if not sums and cell.party is not None:
        raise FormError(_NOTHING)

    def onward(line: Sums) -> str:
        if cell.party is None:
            return address_of(visit, "customers", Cell(party=line.party))
        asked = Cell(record_type=line.record_type, account=line.account, month=line.month, party=line.party)
        return address_of(visit, "rows", asked)

    everyone = address_of(visit, "customers", Cell()), "All customers and vendors"
    return proof_frame.page(
        visit,
        "proof_lines.html",
        "customers",
        proof=proof,
        heading=cell.party or "Customers and vendors",
        about=cell,
        split="of_party" if cell.party else "parties",
        sums=sums,
        lines=lines,
        onward=onward,
        to=lambda number: address_of(visit, "customers", Cell(party=cell.party), page=number),
        up=everyone if cell.party else None,
    )


def _rows(visit: Visit) -> Response:
    """The records of one line: of one record type, account, month, and customer or vendor."""
    cell, number = cell_in(visit), number_of(visit)
    if cell.party is None or cell.account is None or cell.month is None or cell.record_type is None:
        raise FormError(_NOTHING)
    with visit.ledger() as connection:
        proof = last_proof(connection)
        rows = proof_pages.rows_of_cell(connection, cell, number)
    if not rows.rows:
        raise FormError(_NOTHING)
    account = Cell(record_type=cell.record_type, account=cell.account, month=cell.month)
    return proof_frame.page(
        visit,
        "proof_rows.html",
        "accounts",
        proof=proof,
        heading=", ".join(proof_frame.names(cell)),
        rows=rows,
        to=lambda number: address_of(visit, "rows", cell, page=number),
        account_url=address_of(visit, "accounts", account),
        customer_url=address_of(visit, "customers", Cell(party=cell.party)),
        about=cell,
    )
