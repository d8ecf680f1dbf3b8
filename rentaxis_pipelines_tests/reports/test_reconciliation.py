"""The books agree, or it is said why not: the reconciliation of a portfolio with every special case."""

import datetime as dt
from decimal import Decimal

import pytest

from rentaxis_pipelines.ledger.transactions import keep_transactions, note_gone
from rentaxis_pipelines.reports.explanations import EXPLANATIONS
from rentaxis_pipelines.reports.marts import (
    ColumnTests,
    ModelTests,
    Relation,
    mart_models,
    mart_tests,
    run_marts,
    run_tests,
)


def one(books, statement: str, **parameters):
    (row,) = books.sql(statement, **parameters)
    return row


def explanation_of(books, record: str) -> str:
    return one(books, "select explanation from records where record = :record", record=record)["explanation"]


def unpaid_invoice(books) -> dict:
    """An invoice that agrees and that no payment touches."""
    return one(
        books,
        """select r.*, split_part(r.record, '/', 2) as source_id from records r
           where r.entity = 'Invoice' and r.explanation = 'agrees' and r.rentaxis_total > 0
             and not exists (select from postings p where p.account = 'Invoice:' || r.quickbooks_id)
           order by r.record limit 1""",
    )


def test_every_difference_of_the_demo_portfolio_is_explained_to_the_cent(pushed):
    """RentAxis and QuickBooks differ only where a row result says so; unexplained = 0.00."""
    summary = pushed.reconcile()
    assert summary.failed_tests == []
    assert summary.unexplained_money == 0
    assert summary.proved
    assert summary.agreeing + summary.differing == summary.records
    left = pushed.sql("select distinct explanation from differences order by 1")
    assert [row["explanation"] for row in left] == ["draft", "failed", "waiting"]


def test_the_cells_of_the_reconciliation_add_up_to_the_two_books(pushed):
    """Month by account by customer loses nothing: its sums are RentAxis' own total and QuickBooks' own total."""
    pushed.reconcile()
    cells = one(
        pushed,
        "select sum(rentaxis) as r, sum(quickbooks) as q from reconciliation where record_type = 'invoices'",
    )
    rentaxis = one(
        pushed,
        """select sum(round(total, 2)) as total from rentaxis_invoices
           where deleted_at is null and status is distinct from 'void'""",
    )
    held = sum(Decimal(str(each["TotalAmt"])) for each in pushed.objects("Invoice"))
    assert cells["r"] == rentaxis["total"]
    assert cells["q"] == held


def test_before_any_push_everything_waits_to_be_pushed(books):
    """Nothing is called agreed, nothing unexplained: what no run has looked at is not pushed yet."""
    summary = books.reconcile()
    rows = books.sql("select distinct explanation from records where rentaxis_total <> 0")
    assert [row["explanation"] for row in rows] == ["not_pushed"]
    assert summary.proved


def test_an_invoice_deleted_for_good_in_rentaxis_is_found_by_its_link(pushed):
    """RentAxis no longer has it, QuickBooks still does."""
    invoice = unpaid_invoice(pushed)
    for table in (
        "payment_allocations where invoice_id",
        "late_fee_assessments where fee_invoice_id",
        "late_fee_assessments where source_invoice_id",
        "invoice_lines where invoice_id",
        "invoices where id",
    ):
        pushed.rentaxis(f"delete from rentaxis.{table} = %s::bigint", invoice["source_id"])
    pushed.reconcile()
    assert explanation_of(pushed, invoice["record"]) == "gone_from_rentaxis"


def test_a_mistake_of_ours_is_never_explained_away(pushed):
    """What was pushed is not what RentAxis has, and nobody changed either since: that is unexplained, and the proof fails."""
    pushed.later(days=1)
    pushed.reconcile()  # from here on QuickBooks is not asked again for what it said before
    invoice = unpaid_invoice(pushed)
    with pushed.reports() as connection:
        for table, column, key in (
            ("links", "mapped", "quickbooks_type"),
            ("quickbooks_transactions", "object", "entity"),
        ):
            connection.exec_driver_sql(
                f"""update ledger.{table} set {column} = jsonb_set({column}::jsonb, '{{Line,0,Amount}}', '1.23')::{"json" if table == "links" else "jsonb"}
                    where {key} = 'Invoice' and quickbooks_id = '{invoice["quickbooks_id"]}'"""
            )
        connection.exec_driver_sql(
            f"""update ledger.quickbooks_transactions set object = jsonb_set(object, '{{TotalAmt}}', '1.23')
                where entity = 'Invoice' and quickbooks_id = '{invoice["quickbooks_id"]}'"""
        )
        connection.commit()
    pushed.rentaxis(
        "update rentaxis.invoices set updated_at = created_at where id = %s::bigint", invoice["source_id"]
    )
    pushed.rentaxis(
        "update rentaxis.invoice_lines set updated_at = created_at where invoice_id = %s::bigint",
        invoice["source_id"],
    )

    summary = pushed.reconcile()

    assert explanation_of(pushed, invoice["record"]) == "unexplained"
    assert not summary.proved


def test_a_customer_merged_by_hand_moves_its_invoices_and_is_told(pushed):
    """The invoices of the customer that is gone are on another one now: each is named, with both customers."""
    two = pushed.sql(
        """select split_part(t.party, ':', 2) as id, count(*) as invoices from transactions t
           where t.entity = 'Invoice' and t.is_linked and t.total > 0 group by 1 order by 2, 1 limit 2"""
    )
    pushed.by_hand("merge", entity="Customer", id=two[0]["id"], into=two[1]["id"])
    pushed.reconcile()
    moved = pushed.sql(
        "select * from drift where field = 'CustomerRef' and entity = 'Invoice' and ours is distinct from theirs"
    )
    assert len(moved) == two[0]["invoices"]


def test_receivables_of_both_sides_agree_by_age_where_nothing_is_open_to_question(pushed):
    """Every open balance that differs has its explanation; an invoice paid in RentAxis without a payment is named as that."""
    pushed.reconcile()
    sums = one(
        pushed,
        """select sum(rentaxis) filter (where explanation = 'agrees') as r, sum(quickbooks) filter (where explanation = 'agrees') as q,
                  count(*) filter (where explanation = 'unexplained') as unexplained from receivables""",
    )
    assert sums["r"] == sums["q"] != 0
    assert sums["unexplained"] == 0
    odd = pushed.sql("select difference from receivables where explanation = 'settled_without_payment'")
    by_credit = pushed.rentaxis(  # of credits, which this company does not push
        """select -sum(amount) from (
             select invoice_id, amount from rentaxis.credit_allocations where deleted_at is null
             union all select invoice_id, amount from rentaxis.deposit_deductions where invoice_id is not null
             union all select fee_invoice_id, fee.amount from rentaxis.late_fee_assessments as fee
                       join rentaxis.invoices as i on i.id = fee_invoice_id and i.status = 'paid' where fee.status = 'waived'
           ) as of_credits group by invoice_id"""
    )
    assert sorted(row["difference"] for row in odd) == sorted(
        [Decimal("-1810.00"), *(amount for (amount,) in by_credit)]
    )


def test_a_month_is_ready_once_nothing_stands_between(pushed):
    """Months with open problems say how many and how much; the others are ready, but the one that is not over."""
    pushed.reconcile()
    months = pushed.sql("select * from ready_to_close order by month")
    open_months = pushed.sql(
        "select month, count(*) as records, sum(at_stake) as amount from blockers group by month"
    )
    expected = {row["month"]: (False, row["records"], row["amount"]) for row in open_months}
    assert {
        row["month"]: (row["is_ready"], row["records"], row["amount"]) for row in months if row["records"]
    } == expected
    assert all(
        row["is_ready"]
        for row in months
        if not row["records"] and row["state"] not in ("not over", "no records")
    )
    assert [row["state"] for row in months][-1] == "not over"
    assert any(row["is_ready"] for row in months)


def test_one_fix_is_counted_with_all_that_waits_for_it(pushed):
    """A customer that waits for a person holds up its invoices and their payments: one problem, all of its money."""
    pushed.reconcile()
    problems = pushed.sql("select * from open_problems where cause = 'waiting_for_confirmation'")
    assert sum(row["records"] for row in problems) > sum(row["roots"] for row in problems) == 3
    waiting = one(
        pushed, "select count(*) as rows from ledger.row_results where reason_code = 'waiting_for_parent'"
    )
    held_up = one(pushed, "select count(*) as rows from problem_roots where root <> record")
    assert held_up["rows"] == waiting["rows"]


def test_more_changes_than_one_call_can_say_are_read_page_by_page_and_deletions_still_found(pushed):
    """Change data capture names a thousand objects; beyond that nothing is missed, not even what was deleted."""
    invoice = unpaid_invoice(pushed)
    pushed.by_hand("delete", entity="Invoice", id=invoice["quickbooks_id"])
    with pushed.reports() as connection:
        connection.exec_driver_sql(
            "update ledger.quickbooks_transactions_state set as_of = as_of - interval '40 days'"
        )
        connection.commit()
    summary = pushed.reconcile()
    assert explanation_of(pushed, invoice["record"]) == "deleted_in_quickbooks"
    assert summary.metered_reads > 6


def test_an_older_state_never_replaces_a_newer_one(pushed):
    """A late answer with a lower SyncToken is passed over; a newer one is kept and the object is there again."""
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with pushed.reports() as connection:
        for token, total in (("3", 5), ("2", 7)):
            keep_transactions(
                connection, "9", "Invoice", [{"Id": "1", "SyncToken": token, "TotalAmt": Decimal(total)}], at
            )
        note_gone(connection, "9", "Invoice", ["1"], at)
        keep_transactions(
            connection, "9", "Invoice", [{"Id": "1", "SyncToken": "4", "TotalAmt": Decimal(8)}], at
        )
        keep_transactions(connection, "9", "Customer", [{"Id": "1", "SyncToken": "4"}], at)
        rows = connection.exec_driver_sql(
            "select entity, object ->> 'TotalAmt', gone_at from ledger.quickbooks_transactions where realm = '9'"
        ).all()
    assert rows == [("Invoice", "8", None)]


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (ModelTests(grain=["explanation"]), "one row for each explanation"),
        (ModelTests(grain=["record"], columns={"reason": ColumnTests(not_null=True)}), "reason is not null"),
        (
            ModelTests(grain=["record"], columns={"record_type": ColumnTests(unique=True)}),
            "record_type is unique",
        ),
        (
            ModelTests(grain=["record"], columns={"explanation": ColumnTests(accepted_values=["agrees"])}),
            "explanation has an accepted value",
        ),
        (
            ModelTests(
                grain=["record"], columns={"record": ColumnTests(relation=Relation("drift", "record"))}
            ),
            "record occurs in drift",
        ),
        (ModelTests(grain=["record"], conditions={"nothing differs": "difference = 0"}), "nothing differs"),
    ],
)
def test_every_kind_of_mart_test_can_fail(pushed, broken, test):
    """A test that does not hold is named, with how many rows break it."""
    pushed.reconcile()
    with pushed.reports() as connection:
        (failure,) = run_tests(connection, {"records": broken})
    assert (failure.model, failure.test) == ("records", test)
    assert failure.rows > 0


def test_a_selection_runs_what_it_names_and_what_it_is_built_on(pushed):
    """``--select``: one mart alone, or with everything below it, in the order of dependence."""
    pushed.reconcile()
    with pushed.reports() as connection:
        assert run_marts(connection, ["ready_to_close"]) == ["ready_to_close"]
        order = run_marts(connection, ["+duplicates"])
    assert order[-1] == "duplicates"
    assert order.index("pairs") < order.index("transactions")
    assert "records" not in order


def test_every_mart_has_its_grain_tested_and_every_explanation_its_words():
    """No mart without a test of what a row is; explanations are sentences, their codes unique."""
    untested = {"document_postings", "rentaxis_lines"}  # postings is both of them, and is tested
    assert set(mart_models().names) - set(mart_tests()) == untested
    codes = [each.code for each in EXPLANATIONS]
    assert len(codes) == len(set(codes))
    assert all(each.meaning.endswith(".") and each.how_to_fix.endswith(".") for each in EXPLANATIONS)
