"""Invoices and bills with payments: what can still be done with them, and what a payment changes in them."""

from decimal import Decimal
from typing import Any

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different, expected


def void_of_paid(company: ProbeCompany) -> Seen:
    """Void an invoice that is paid in full."""
    invoice, payment = _paid_invoice(company)
    reply = company.void("Invoice", company.now("Invoice", invoice))
    if not reply.ok:
        return different(f"The void was {reply.said}.", void_linked="refuse")
    unapplied = company.now("Payment", payment).get("UnappliedAmt")
    said = f"The void was accepted; {unapplied} of the payment of 10.00 is now unapplied."
    return expected(said, void_linked="unlink")


def delete_of_paid(company: ProbeCompany) -> Seen:
    """Delete an invoice that is paid in full."""
    invoice, _ = _paid_invoice(company)
    reply = company.delete("Invoice", company.now("Invoice", invoice))
    if reply.ok:
        return different("The delete was accepted.", delete_linked="unlink")
    return expected(f"The delete was {reply.said}.", delete_linked="refuse")


def token_of_paid(company: ProbeCompany) -> Seen:
    """The token of an invoice before and after a payment."""
    invoice, _ = _paid_invoice(company)
    after = company.now("Invoice", invoice)["SyncToken"]
    bumped = after != invoice["SyncToken"]
    said = f"The invoice's token was {invoice['SyncToken']} before the payment and {after} after it."
    return Seen(said, as_expected=bumped, switches={"payment_bumps_invoice": bumped})


def parent_pays_child(company: ProbeCompany) -> Seen:
    """A payment of a customer on an invoice of its sub-customer."""
    parent = company.customer()["Id"]
    child = company.made(
        "Customer", {"DisplayName": company.name("sub"), "Job": True, "ParentRef": {"value": parent}}
    )
    invoice = company.invoice(CustomerRef={"value": child["Id"]})
    reply = company.make("Payment", company.payment_payload(invoice, customer=parent))
    if reply.ok:
        return different("The payment was accepted.", parent_pays_child="allow")
    return expected(f"The payment was {reply.said}.", parent_pays_child="refuse")


def over_applied(company: ProbeCompany) -> Seen:
    """A payment that exceeds the invoice's balance, and one that applies more than its own amount."""
    invoice = company.invoice("10.00")
    more_than_open = company.make("Payment", company.payment_payload(invoice, "11.00"))
    small = company.payment_payload(company.invoice("10.00"), "10.00")
    more_than_paid = company.make("Payment", {**small, "TotalAmt": Decimal("9.00")})
    both = (more_than_open, more_than_paid)
    return Seen(
        f"Exceeding the invoice's balance: {more_than_open.said}. Exceeding the payment's amount: {more_than_paid.said}.",
        as_expected=all(reply.code == "6000" for reply in both),
    )


def paid_bill_again(company: ProbeCompany) -> Seen:
    """A second payment on a bill that is paid."""
    lines = company.expense_lines()
    bill = company.made("Bill", {"VendorRef": {"value": company.vendor()["Id"]}, "Line": lines})
    company.made("BillPayment", _bill_payment(company, bill))
    reply = company.make("BillPayment", _bill_payment(company, bill))
    if not reply.ok:
        return different(f"The second payment was {reply.said}.", paid_bill_again="refuse")
    kept = reply.of("BillPayment").get("Line") or []
    if kept:
        return different("The second payment was accepted with its line: the bill has been paid twice.")
    return expected("The second payment was accepted without its line.", paid_bill_again="drop_lines")


def _paid_invoice(company: ProbeCompany) -> tuple[Payload, Payload]:
    """An invoice as it was made, and the payment on it."""
    invoice = company.invoice()
    payment = company.made("Payment", company.payment_payload(invoice))
    if Decimal(company.now("Invoice", invoice).get("Balance", 0)):
        raise CannotTell("The payment was not applied to the invoice.")
    return invoice, payment


def _bill_payment(company: ProbeCompany, bill: Payload) -> dict[str, Any]:
    return {
        "VendorRef": bill["VendorRef"],
        "TotalAmt": Decimal("10.00"),
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": company.account("Bank")}},
        "Line": [{"Amount": Decimal("10.00"), "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
    }
