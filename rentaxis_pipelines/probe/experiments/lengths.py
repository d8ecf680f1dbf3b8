"""How long names, numbers and notes may be: one object is changed to ever other lengths. Not here: statements (``queries``)."""

from collections.abc import Callable

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import Seen
from rentaxis_pipelines.probe.experiments.measuring import Changing, longest_accepted

_MOST = 5000  # no text field of the reference is longer than 4000


def _longest(changing: Changing, fields: Callable[[str], Payload], read: Callable[[Payload], str]) -> int:
    """The longest text that is stored whole; ``_MOST`` where there is no end to be seen."""

    def accepts(length: int) -> bool:
        text = "RP" + "x" * (length - 2)
        reply = changing.try_to(fields(text))
        return reply.ok and read(reply.of(changing.entity)) == text

    return longest_accepted(accepts, 2, _MOST)


def payment_reference(company: ProbeCompany) -> Seen:
    """The longest PaymentRefNum."""
    payload = {"CustomerRef": {"value": company.customer()["Id"]}, "TotalAmt": 1}
    payment = Changing(company, "Payment", company.made("Payment", payload))
    first = payment.record.get("PaymentRefNum", "")
    longest = _longest(
        payment, lambda text: {"PaymentRefNum": text}, lambda record: record.get("PaymentRefNum", "")
    )
    payment.try_to({"PaymentRefNum": first})
    if longest == _MOST:
        return Seen(
            f"{_MOST:,} characters were stored whole.", as_expected=False, switches={"payment_ref_length": 0}
        )
    return Seen(
        f"{longest:,} characters were stored whole, one more was not.",
        as_expected=longest == 21,
        switches={"payment_ref_length": longest},
    )


# What the reference gives, in characters.
DOCUMENTED = {
    "DocNumber": 21,
    "PrivateNote": 4000,
    "CustomerMemo": 1000,
    "line description": 4000,
    "DisplayName": 500,
}


def other_texts(company: ProbeCompany) -> Seen:
    """The longest number, notes and line description of an invoice, and the longest name of a customer."""
    invoice = Changing(company, "Invoice", company.invoice("1.00"))
    kept = {"DocNumber": invoice.record.get("DocNumber"), "PrivateNote": invoice.record.get("PrivateNote")}

    def described(text: str) -> Payload:
        line = company.invoice_payload("1.00")["Line"][0]
        return {"Line": [{**line, "Description": text}]}

    found = {
        "DocNumber": _longest(
            invoice, lambda text: {"DocNumber": text}, lambda record: record.get("DocNumber", "")
        ),
        "PrivateNote": _longest(
            invoice, lambda text: {"PrivateNote": text}, lambda record: record.get("PrivateNote", "")
        ),
        "CustomerMemo": _longest(
            invoice,
            lambda text: {"CustomerMemo": {"value": text}},
            lambda record: record.get("CustomerMemo", {}).get("value", ""),
        ),
        "line description": _longest(
            invoice, described, lambda record: record["Line"][0].get("Description", "")
        ),
    }
    invoice.try_to(kept)
    customer = Changing(
        company, "Customer", company.made("Customer", {"DisplayName": company.name("length")})
    )
    name = customer.record["DisplayName"]
    found["DisplayName"] = _longest(
        customer, lambda text: {"DisplayName": text}, lambda record: record["DisplayName"]
    )
    customer.set({"DisplayName": name})
    said = ", ".join(
        f"{what} {'no end seen' if longest == _MOST else f'{longest:,}'}" for what, longest in found.items()
    )
    return Seen(f"{said}.", as_expected=found == DOCUMENTED)
