"""The proof of one run: it holds after a push, and a cent or a row that is lost breaks it."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.reports.run_proof import RowOff, prove_run


@pytest.fixture
def ledger(pushed):
    """The ledger's connection and the run that pushed everything; what a test changes is rolled back."""
    run_id = pushed.sql("select distinct run_id from ledger.plans")[0]["run_id"]
    with pushed.reports() as connection:
        yield connection, pushed.realm, run_id


def test_a_run_proves_itself_by_type_in_count_and_money(ledger):
    """Every type adds up, and what QuickBooks answered is what was meant, to the cent."""
    connection, realm, run_id = ledger
    proofs, off = prove_run(connection, realm, run_id)
    assert all(proof.holds for proof in proofs)
    read = [proof for proof in proofs if proof.rows_in]  # of a type that is not pushed nothing is read
    assert [proof.record_type for proof in read] == ["customers", "expenses", "invoices", "payments"]
    assert all(proof.meant > 0 for proof in read if proof.record_type != "customers")
    assert off == []


def test_a_total_quickbooks_made_a_cent_off_is_named(ledger):
    """The type no longer holds, and the row is named with both amounts."""
    connection, realm, run_id = ledger
    row = connection.execute(
        sa.text(
            """update ledger.links l set total = l.total + 0.01 from ledger.row_results r
               where l.source_type = 'invoice' and r.source_type = l.source_type and r.source_id = l.source_id
                 and l.source_id = (select min(source_id) from ledger.links where source_type = 'invoice' and state = 'live')
               returning r.source_label as label, r.amount"""
        )
    ).one()
    proofs, off = prove_run(connection, realm, run_id)
    assert off == [RowOff(label=row.label, meant=row.amount, held=row.amount + Decimal("0.01"))]
    assert [proof.record_type for proof in proofs if not proof.holds] == ["invoices"]


def test_a_row_without_a_result_breaks_the_proof(ledger):
    """A record that came in and got no result is missed, in count and in money, and named."""
    connection, realm, run_id = ledger
    connection.execute(
        sa.text(
            "delete from ledger.single_results where source_type = 'payment' and source_id = (select min(source_id) from "
            "ledger.row_results where source_type = 'payment')"
        )
    )
    proofs, lost = prove_run(connection, realm, run_id)
    assert [(row.label.split()[0], row.held, row.why) for row in lost] == [
        ("Payment", 0, "It was planned but got no result.")
    ]
    (payments,) = [proof for proof in proofs if proof.record_type == "payments"]
    assert payments.rows_in == payments.rows_out + 1
    assert not payments.holds
