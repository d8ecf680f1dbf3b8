"""Credits, what they are applied to, and what has to let go first: in one run, over several, and where a person is asked."""

import datetime as dt

import pytest

from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.books.undoing import books_of as all_books
from rentaxis_pipelines_tests.books.undoing import differing, include, run_of, standing, undo
from rentaxis_pipelines_tests.support.accountant import applied, money

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


pytestmark = pytest.mark.usefixtures("credits_pushed")


@pytest.fixture
def credited(rentaxis):
    """A tenant with an invoice of 100 and a credit of 40 on it: their ids."""

    def enter(name: str, day: dt.date = MAY):
        tenant = rentaxis.tenant(name)
        invoice = rentaxis.invoice(tenant, "100.00", day=day)
        credit = rentaxis.credit(tenant, "40.00", day=day)
        rentaxis.apply_credit(credit, (invoice, "40.00"))
        return tenant, invoice, credit

    return enter


def test_a_credit_waits_for_an_invoice_that_is_not_there_yet(rentaxis, sync, accountant) -> None:
    """There is no money to be booked before: the credit memo stands open, its application comes with the invoice."""
    tenant = rentaxis.tenant("Wanda Waits")
    later = rentaxis.invoice(tenant, "90.00", day=JUNE)
    credit = rentaxis.credit(tenant, "30.00")
    rentaxis.apply_credit(credit, (later, "30.00"))
    told = sync(last_day=dt.date(2026, 5, 31))["credit_application", f"credit-{credit}"]
    assert (told.status, told.reason_code) == ("skipped", "waiting_for_parent")
    assert f"INV-{later}" in (told.reason or "")
    assert accountant.of("credit", f"credit-{credit}")["RemainingCredit"] == money(30)
    sync()
    assert accountant.of("invoice", later)["Balance"] == money(60)


def test_more_than_the_credit_is_refused(rentaxis, sync, accountant) -> None:
    """Over-application: refused by name, and nothing is applied."""
    tenant = rentaxis.tenant("Olga Over")
    invoice = rentaxis.invoice(tenant, "100.00")
    credit = rentaxis.credit(tenant, "10.00")
    rentaxis.apply_credit(credit, (invoice, "25.00"))
    told = sync()["credit_application", f"credit-{credit}"]
    assert (told.status, told.reason_code) == ("failed", "invalid_value")
    assert "The credit is 10.00, but 25.00 of it is applied to invoices." in (told.reason or "")
    assert accountant.of("invoice", invoice)["Balance"] == money(100)


def test_a_credit_applied_anew_moves_on_the_same_payment(rentaxis, sync, accountant, credited) -> None:
    """Lines are replaced whole, all or none (entity reference of Payment)."""
    tenant, first, credit = credited("Mo Move")
    second = rentaxis.invoice(tenant, "70.00")
    sync()
    before = accountant.of("credit_application", f"credit-{credit}")
    rentaxis.apply_credit(credit, (first, "10.00"), (second, "25.00"))
    assert sync()["credit_application", f"credit-{credit}"].status == "updated"
    after = accountant.of("credit_application", f"credit-{credit}")
    memo = accountant.of("credit", f"credit-{credit}")
    assert (after["Id"], memo["RemainingCredit"]) == (before["Id"], money(5))
    assert applied(after)[memo["Id"]] == money(35)
    assert [accountant.of("invoice", one)["Balance"] for one in (first, second)] == [money(90), money(45)]


@pytest.mark.parametrize("what", ["void", "smaller", "another payer", "erased"])
def test_a_credit_is_let_go_of_before_it_changes(rentaxis, sync, accountant, credited, what) -> None:
    """A credit memo that is void, smaller than what is applied, or somebody else's: its application lets go first, all in one run."""
    _tenant, invoice, credit = credited(f"Cora {what}")
    other = rentaxis.tenant(f"Other {what}")
    sync()
    if what == "void":
        rentaxis.change("credits", credit, status="void", void_reason="Granted twice")
    elif what == "smaller":
        rentaxis.ask("UPDATE credit_lines SET amount = 15, updated_at = now() WHERE credit_id = %s", credit)
        rentaxis.change("credits", credit, total_amount="15.00")
        rentaxis.apply_credit(credit, (invoice, "15.00"))
    elif what == "another payer":
        rentaxis.change("credits", credit, payer_id=other[1])
        rentaxis.apply_credit(credit)
    else:
        rentaxis.ask("DELETE FROM credit_allocations WHERE credit_id = %s", credit)
        rentaxis.ask("DELETE FROM credit_lines WHERE credit_id = %s", credit)
        rentaxis.ask("DELETE FROM credits WHERE id = %s", credit)
    rows = sync()
    assert rows["credit", f"credit-{credit}"].status == "updated"
    owed = {"void": 100, "smaller": 85, "another payer": 100, "erased": 100}[what]
    assert accountant.balance(f"Cora {what}") == money(owed)
    assert accountant.of("invoice", invoice)["Balance"] == money(owed)
    if what == "another payer":
        assert accountant.balance(f"Other {what}") == money(-40)
    again = sync()
    assert {again[key].status for key in rows.keys() & again.keys() if key[1] == f"credit-{credit}"} <= {
        "skipped"
    }


def test_an_invoice_is_let_go_of_before_it_is_void(rentaxis, sync, accountant, credited) -> None:
    """The credit is open again, for another invoice."""
    _tenant, invoice, credit = credited("Vera Void")
    sync()
    rentaxis.void("invoices", invoice)
    rentaxis.apply_credit(credit)
    rows = sync()
    assert rows["invoice", str(invoice)].status == "updated"
    assert accountant.of("invoice", invoice)["TotalAmt"] == 0
    assert accountant.of("credit", f"credit-{credit}")["RemainingCredit"] == money(40)
    assert accountant.balance("Vera Void") == money(-40)


def test_a_void_invoice_pushed_alone_takes_its_credit_off(
    rentaxis, sync, chain, accountant, credited
) -> None:
    """The application that holds it is pushed with it."""
    _, invoice, credit = credited("Solo Sol")
    sync()
    rentaxis.void("invoices", invoice)
    rentaxis.apply_credit(credit)
    assert chain.push_record("invoice", invoice).status == "updated"
    assert accountant.of("invoice", invoice)["TotalAmt"] == 0
    assert accountant.balance("Solo Sol") == money(-40)


def test_an_application_pushed_alone_brings_its_credit_and_invoice(
    rentaxis, chain, accountant, credited
) -> None:
    """Whatever was not pushed yet."""
    _, invoice, credit = credited("Alone Al")
    rentaxis.keep_accounts()
    assert chain.push_record("credit_application", f"credit-{credit}").status == "created"
    assert accountant.of("invoice", invoice)["Balance"] == money(60)


def test_a_payment_and_a_credit_settle_one_invoice(rentaxis, sync, accountant, credited) -> None:
    """Together what is owed, and both let go where it is void."""
    tenant, invoice, credit = credited("Pat Both")
    payment = rentaxis.payment(tenant, "60.00", (invoice, "60.00"))
    sync()
    assert accountant.of("invoice", invoice)["Balance"] == 0
    rentaxis.void("invoices", invoice)
    rentaxis.apply(payment)
    rentaxis.apply_credit(credit)
    sync()
    assert accountant.of("invoice", invoice)["TotalAmt"] == 0
    assert accountant.balance("Pat Both") == money(-100)


def test_a_preview_says_what_will_be_and_its_approval_does_it(chain, rentaxis, accountant, credited) -> None:
    """All planned before anything is sent: the application counts on the credit and the invoice of the same plan."""
    _, invoice, credit = credited("Pia Preview")
    rentaxis.keep_accounts()
    plan = chain.preview()
    assert not accountant.all_of("credit", f"credit-{credit}")
    rows = chain.approve(plan)
    assert rows["credit_application", f"credit-{credit}"].status == "created"
    assert accountant.of("invoice", invoice)["Balance"] == money(60)


def test_a_run_with_credits_is_undone_and_comes_back(chain, sync, accountant, credited) -> None:
    """The application lets go, the credit memo is deleted (QuickBooks' reference describes no void of it), the invoice is void."""
    credited("Una Undo")
    before = all_books(accountant)
    pushed = sync()
    mine = {key: row for key, row in pushed.items() if row.status == "created"}
    undone = undo(chain, run_of(pushed))
    assert {key: row.status for key, row in undone.items()} == dict.fromkeys(mine, "updated")
    assert differing(standing(before), standing(all_books(accountant))) == []
    assert include(chain, run_of(pushed)) == len(mine)
    sync()
    assert accountant.balance("Una Undo") == money(60)


def test_both_sides_agree_and_an_open_credit_is_a_receivable_below_zero(
    chain, rentaxis, sync, accountant, credited
) -> None:
    """The proof: credits by item, applications by invoice, open credits among the receivables; edits in QuickBooks are named."""
    tenant, invoice, credit = credited("Reba Reconciled")
    open_credit = rentaxis.credit(tenant, "25.00")
    sync()

    def proof(mart: str):
        with chain.run() as run:
            summary = reconcile(run, chain.environment, context_of(run, chain.company))
            assert summary.failed_tests == []
            return rows_of(run.connection, mart)

    mine = {f"credit/credit-{credit}", f"credit_application/credit-{credit}", f"invoice/{invoice}"}
    explained = {row["record"]: row["explanation"] for row in proof("records")}
    assert {explained[record] for record in mine} == {"agrees"}
    receivables = {row["record"]: row for row in proof("receivables")}
    there = receivables[f"credit/credit-{open_credit}"]
    assert (there["rentaxis"], there["quickbooks"], there["explanation"]) == (-25, -25, "agrees")
    assert receivables[f"invoice/{invoice}"]["explanation"] == "agrees"
    assert f"credit/credit-{credit}" not in receivables
    memo = accountant.of("credit", f"credit-{open_credit}")
    accountant.control(
        "hand", {"deed": "edit", "entity": "CreditMemo", "id": memo["Id"], "fields": {"PrivateNote": "Mine"}}
    )
    edited = [row["field"] for row in proof("drift") if row["record"] == f"credit/credit-{open_credit}"]
    assert edited == ["PrivateNote"]
