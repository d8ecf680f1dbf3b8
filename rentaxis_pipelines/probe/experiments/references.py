"""References: how a sparse update removes one, what happens to one to an inactive record, and read-only blocks.

Not here: references to what does not exist, which have been recorded.
"""

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different
from rentaxis_pipelines.probe.experiments.measuring import Changing, outcomes
from rentaxis_pipelines.probe.wire import Reply

# How a program may try to say "none".
_EMPTY = {
    "null": None,
    "an empty text": "",
    "an empty object": {},
    "an object with an empty value": {"value": ""},
}


def sparse_removal(company: ProbeCompany) -> Seen:
    """A sparse update removes an invoice's terms, written in four ways."""
    terms = company.query("SELECT * FROM Term MAXRESULTS 1")
    if not terms:
        raise CannotTell("The company has no terms.")
    invoice = Changing(company, "Invoice", company.invoice("1.00"))
    parts: dict[str, str] = {}
    for what, empty in _EMPTY.items():
        if not invoice.set({"SalesTermRef": {"value": terms[0]["Id"]}}).get("SalesTermRef"):
            raise CannotTell("The invoice does not keep its terms.")
        reply = invoice.try_to({"SalesTermRef": empty})
        parts[what] = (
            reply.said if not reply.ok else "kept" if invoice.record.get("SalesTermRef") else "removed"
        )
    said = ", ".join(f"{what}: {outcome}" for what, outcome in parts.items())
    expected = dict(zip(_EMPTY, ("kept", "removed", "removed", "removed"), strict=True))
    return Seen(f"{said[0].upper()}{said[1:]}.", as_expected=parts == expected)


# Codes for an inactive customer, item and account, by the value of the switch.
_INACTIVE = {
    ("2500", "2500", "2500"): "2500",
    ("610", "610", "610"): "610",
    ("6250", "2500", "2500"): "6250",
    ("2500", "6000", "2500"): "6000",
}


def inactive_references(company: ProbeCompany) -> Seen:
    """An invoice for an inactive customer, one with an inactive item, a purchase on an inactive account."""
    customer, item, account = _for_customer(company), _of_item(company), _on_account(company)
    said = outcomes({"a customer": customer, "an item": item, "an account": account})
    value = _INACTIVE.get((customer.code, item.code, account.code))
    if value is None:
        return different(f"{said} The switch has no value for this.")
    return Seen(said, as_expected=value == "2500", switches={"inactive_reference": value})


def _inactive(company: ProbeCompany, entity: str, payload: Payload) -> dict[str, str]:
    record = Changing(company, entity, company.made(entity, payload)).set({"Active": False})
    return {"value": record["Id"]}


def _for_customer(company: ProbeCompany) -> Reply:
    customer = _inactive(company, "Customer", {"DisplayName": company.name("inactive")})
    return company.make("Invoice", company.invoice_payload("1.00", CustomerRef=customer))


def _of_item(company: ProbeCompany) -> Reply:
    income = {"value": company.account("Income")}
    item = _inactive(
        company, "Item", {"Name": company.name("inactive"), "Type": "Service", "IncomeAccountRef": income}
    )
    payload = company.invoice_payload("1.00")
    payload["Line"][0]["SalesItemLineDetail"] = {"ItemRef": item}
    return company.make("Invoice", payload)


def _on_account(company: ProbeCompany) -> Reply:
    account = _inactive(company, "Account", {"Name": company.name("inactive"), "AccountType": "Expense"})
    payload = purchase_payload(company)
    payload["Line"][0]["AccountBasedExpenseLineDetail"] = {"AccountRef": account}
    return company.make("Purchase", payload)


def purchase_payload(company: ProbeCompany) -> Payload:
    """A dollar in cash, out of the company's first bank account."""
    return {
        "PaymentType": "Cash",
        "AccountRef": {"value": company.account("Bank")},
        "EntityRef": {"value": company.vendor()["Id"], "type": "Vendor"},
        "Line": company.expense_lines("1.00"),
    }


def extension_blocks(company: ProbeCompany) -> Seen:
    """A purchase is sent back exactly as it was read, with its PurchaseEx."""
    purchase = company.now("Purchase", company.made("Purchase", purchase_payload(company)))
    if "PurchaseEx" not in purchase:
        raise CannotTell("The purchase was returned without PurchaseEx, so there was nothing to send back.")
    without = {name: value for name, value in purchase.items() if name != "PurchaseEx"}
    plain = company.change("Purchase", purchase, {**without, "sparse": False})
    if not plain.ok:
        raise CannotTell(f"Even without PurchaseEx, the purchase sent back was {plain.said}.")
    reply = company.change(
        "Purchase",
        plain.of("Purchase"),
        {**plain.of("Purchase"), "PurchaseEx": purchase["PurchaseEx"], "sparse": False},
    )
    return Seen(
        f"With PurchaseEx it was {reply.said}; without it, accepted.",
        as_expected=not reply.ok,
        switches={"extension_blocks": "ignore" if reply.ok else "refuse"},
    )
