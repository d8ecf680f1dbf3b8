"""How long names, numbers and notes can be: one object is changed to different lengths. Not here: statements (``queries``)."""

from collections.abc import Callable

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen
from rentaxis_pipelines.probe.experiments.measuring import Changing, longest_accepted

_MOST = 5000  # no text field of the reference is longer than 4000
# What is expected, in characters.
PAYMENT_REFERENCE = 21
DOCUMENTED = {
    "number": 21,
    "private note": 4000,
    "memo to the customer": 1000,
    "line description": 4000,
    "customer's name": 500,
}


def _longest(
    changing: Changing, guess: int, fields: Callable[[str], Payload], read: Callable[[Payload], str | None]
) -> int:
    """The longest text that is stored completely; ``_MOST`` if no limit is found."""

    def accepts(length: int) -> bool:
        text = "RP" + "x" * (length - 2)
        reply = changing.try_to(fields(text))
        return reply.ok and read(reply.of(changing.entity)) == text

    longest = longest_accepted(accepts, 2, guess, _MOST)
    if not longest:
        raise CannotTell(f"Not even two characters were stored in the {changing.entity}.")
    return longest


def payment_reference(company: ProbeCompany) -> Seen:
    """The longest PaymentRefNum."""
    payload = {"CustomerRef": {"value": company.customer()["Id"]}, "TotalAmt": 1}
    payment = Changing(company, "Payment", company.made("Payment", payload))
    field = "PaymentRefNum"
    longest = _longest(
        payment, PAYMENT_REFERENCE, lambda text: {field: text}, lambda record: record.get(field)
    )
    if longest == _MOST:
        said = f"{_MOST:,} characters were stored completely."
    else:
        said = f"{longest:,} characters were stored completely, one more was not."
    value = 0 if longest == _MOST else longest
    return Seen(said, as_expected=longest == PAYMENT_REFERENCE, switches={"payment_ref_length": value})


def other_texts(company: ProbeCompany) -> Seen:
    """The longest number, notes and line description of an invoice, and the longest name of a customer."""
    lengths = _of_invoice(company) | _of_customer(company)
    parts = (
        f"{what} {'no limit found' if longest == _MOST else f'{longest:,}'}"
        for what, longest in lengths.items()
    )
    return Seen(f"Stored completely: {', '.join(parts)}.", as_expected=lengths == DOCUMENTED)


def _of_invoice(company: ProbeCompany) -> dict[str, int]:
    invoice = Changing(company, "Invoice", company.invoice("1.00"))
    line = company.invoice_payload("1.00")["Line"][0]
    ways: dict[str, tuple[Callable[[str], Payload], Callable[[Payload], str | None]]] = {
        "number": (lambda text: {"DocNumber": text}, lambda record: record.get("DocNumber")),
        "private note": (lambda text: {"PrivateNote": text}, lambda record: record.get("PrivateNote")),
        "memo to the customer": (
            lambda text: {"CustomerMemo": {"value": text}},
            lambda record: record.get("CustomerMemo", {}).get("value"),
        ),
        "line description": (
            lambda text: {"Line": [{**line, "Description": text}]},
            lambda record: record["Line"][0].get("Description"),
        ),
    }
    return {what: _longest(invoice, DOCUMENTED[what], *way) for what, way in ways.items()}


def _of_customer(company: ProbeCompany) -> dict[str, int]:
    customer = Changing(
        company, "Customer", company.made("Customer", {"DisplayName": company.name("length")})
    )
    name, what = customer.record["DisplayName"], "customer's name"
    longest = _longest(
        customer, DOCUMENTED[what], lambda text: {"DisplayName": text}, lambda record: record["DisplayName"]
    )
    customer.set({"DisplayName": name})  # as made, so that ' (deleted)' fits behind it
    return {what: longest}
