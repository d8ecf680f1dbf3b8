"""Each accounting case of credits, from the RentAxis row to what an accountant reads in QuickBooks: credit memos, and what they settle."""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.support.accountant import applied, lines, money

MAY = dt.date(2026, 5, 1)


@pytest.fixture
def credits(chain) -> None:
    """A company that pushes credits and what they are applied to."""
    chain.company = chain.company.model_copy(update={"also_push": ("credits", "credit_applications")})


def test_a_concession_settles_its_invoice(credits, rentaxis, sync, accountant) -> None:
    """A credit memo, and a payment of nothing that joins it to the invoice (Intuit, "Create and apply credit memos or delayed credits in
    QuickBooks Online"; entity reference of Payment: a line to the Invoice and one to the CreditMemo, TotalAmt 0).
    """
    tenant = rentaxis.tenant("Connie Cession")
    invoice = rentaxis.invoice(tenant, "1000.00")
    credit = rentaxis.credit(tenant, "150.00", memo="First month")
    rentaxis.apply_credit(credit, (invoice, "150.00"))
    rows = sync()
    memo = accountant.of("credit", f"credit-{credit}")
    assert rows["credit", f"credit-{credit}"].status == "created"
    assert (memo["entity"], memo["DocNumber"], memo["TotalAmt"]) == ("CreditMemo", f"CR-{credit}", money(150))
    assert (memo["TxnDate"], memo["RemainingCredit"]) == ("2026-05-01", 0)
    assert lines(memo) == [("Concession", money(150))]
    joined = accountant.of("credit_application", f"credit-{credit}")
    assert (rows["credit_application", f"credit-{credit}"].status, joined["TotalAmt"]) == ("created", 0)
    billed = accountant.of("invoice", invoice)
    assert applied(joined) == {billed["Id"]: money(150), memo["Id"]: money(150)}
    assert (billed["Balance"], accountant.balance("Connie Cession")) == (money(850), money(850))
    again = sync()
    assert again["credit", f"credit-{credit}"].reason_code == "unchanged"
    assert again["credit_application", f"credit-{credit}"].reason_code == "unchanged"
