"""Open receivables by age on both sides, payments that wait for their deposit, what no run pushes, and the two statements.

Not here: the reconciliation (``proof``, ``proof_books``).
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.quickbooks.entities import web_url
from rentaxis_pipelines.reports import picture, proof_lists, statement_pages
from rentaxis_pipelines.reports.bar_chart import paired_bars
from rentaxis_pipelines.reports.proof_state import last_proof
from rentaxis_pipelines.web.desk import proof_frame
from rentaxis_pipelines.web.desk.forms import FormError, page
from rentaxis_pipelines.web.desk.proof_frame import PROOF, cell_in, number_of, proved
from rentaxis_pipelines.web.desk.visit import Visit

_MONTHS_DRAWN = 12


def routes() -> list[BaseRoute]:
    """The addresses of these pages."""
    return [
        page("/proof/receivables", proved(_receivables)),
        page("/proof/undeposited", proved(_undeposited)),
        page("/proof/duplicates", proved(_duplicates)),
        page("/proof/not-pushed", proved(_not_pushed)),
        page("/proof/statements", proved(_statements)),
    ]


def _receivables(visit: Visit) -> Response:
    customer = cell_in(visit).party
    return _of_everybody(visit) if customer is None else _of_customer(visit, customer)


def _of_everybody(visit: Visit) -> Response:
    number = number_of(visit)
    with visit.ledger() as connection:
        proof = last_proof(connection)
        in_all = proof_lists.receivables_in_all(connection)
        customers = proof_lists.receivables_by_customer(connection, number)
        by_month = picture.receivables_by_month(connection)[-_MONTHS_DRAWN:]
    return proof_frame.page(
        visit,
        "proof_receivables.html",
        "receivables",
        proof=proof,
        in_all=in_all,
        ages=paired_bars([(age.age, age.rentaxis, age.quickbooks) for age in in_all.ages]),
        by_month=by_month,
        months=paired_bars([(f"{m.month:%b %Y}", m.rentaxis, m.quickbooks) for m in by_month]),
        customers=customers,
        of_customer=lambda name: visit.url(PROOF, "receivables", customer=name),
        to=lambda number: visit.url(PROOF, "receivables", page=number),
    )


def _of_customer(visit: Visit, customer: str) -> Response:
    with visit.ledger() as connection:
        proof = last_proof(connection)
        found = proof_lists.receivables_of(connection, customer)
        documents = proof_lists.open_documents(connection, customer, number_of(visit))
    if found is None:
        raise FormError("The proof has nothing open for a customer of that name.")
    return proof_frame.page(
        visit,
        "proof_open.html",
        "receivables",
        proof=proof,
        found=found,
        documents=documents,
        to=lambda number: visit.url(PROOF, "receivables", customer=customer, page=number),
    )


def _undeposited(visit: Visit) -> Response:
    with visit.ledger() as connection:
        proof = last_proof(connection)
        accounts = proof_lists.waiting_by_account(connection)
        payments = proof_lists.waiting(connection, number_of(visit))
        typed = proof_lists.typed_deposits(connection, 1)
    return proof_frame.page(
        visit,
        "proof_undeposited.html",
        "undeposited",
        proof=proof,
        accounts=accounts,
        payments=payments,
        typed=typed,
        to=lambda number: visit.url(PROOF, "undeposited", page=number),
    )


def _duplicates(visit: Visit) -> Response:
    with visit.ledger() as connection:
        proof = last_proof(connection)
        alike = proof_lists.duplicates(connection, number_of(visit))
    return proof_frame.page(
        visit,
        "proof_duplicates.html",
        "duplicates",
        proof=proof,
        alike=alike,
        in_quickbooks=lambda row: web_url(row.entity, row.quickbooks_id),
        to=lambda number: visit.url(PROOF, "duplicates", page=number),
    )


def _not_pushed(visit: Visit) -> Response:
    kind, reason = visit.query.get("kind"), visit.query.get("reason")
    with visit.ledger() as connection:
        proof = last_proof(connection)
        groups = proof_lists.never_pushed(connection)
        group = next((each for each in groups if (each.kind, each.reason) == (kind, reason)), None)
        if group is None and (kind or reason):
            raise FormError("The proof has no such list.")
        records = (
            proof_lists.never_pushed_records(connection, group.kind, group.reason, number_of(visit))
            if group
            else None
        )
    return proof_frame.page(
        visit,
        "proof_not_pushed.html",
        "not-pushed",
        proof=proof,
        groups=groups,
        group=group,
        records=records,
        of_group=lambda each: visit.url(PROOF, "not-pushed", kind=each.kind, reason=each.reason),
        to=lambda number: visit.url(PROOF, "not-pushed", kind=kind, reason=reason, page=number),
    )


def _statements(visit: Visit) -> Response:
    with visit.ledger() as connection:
        proof = last_proof(connection)
        compared = statement_pages.compared_statements(connection)
        differences = statement_pages.statement_differences(connection, number_of(visit))
    return proof_frame.page(
        visit,
        "proof_statements.html",
        "statements",
        proof=proof,
        compared=compared,
        differences=differences,
        to=lambda number: visit.url(PROOF, "statements", page=number),
    )
