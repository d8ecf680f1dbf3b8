"""Document numbers that are already used."""

from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different, expected


def duplicate(company: ProbeCompany) -> Seen:
    """Two invoices with the same number."""
    number = _taken_number(company)
    reply = company.make("Invoice", company.invoice_payload(DocNumber=number))
    if reply.ok and reply.of("Invoice").get("DocNumber") == number:
        said = "The second invoice was accepted with the number of the first."
        return different(said, warn_duplicate_numbers=False)
    if reply.code == "6140":
        return expected("The second invoice was refused with code 6140.", warn_duplicate_numbers=True)
    return different(f"The second invoice was {reply.said}.")


def scope(company: ProbeCompany) -> Seen:
    """A sales receipt with the number of an invoice."""
    number = _taken_number(company)
    if company.make("Invoice", company.invoice_payload(DocNumber=number)).ok:
        raise CannotTell("The company accepts the same number twice, even for invoices.")
    reply = company.make("SalesReceipt", company.invoice_payload(DocNumber=number))
    if reply.ok:
        return expected("The sales receipt was accepted.", sales_number_scope="type")
    if reply.code == "6140":
        return different("The sales receipt was refused with code 6140.", sales_number_scope="sales")
    return different(f"The sales receipt was {reply.said}.")


def allowed_by_option(company: ProbeCompany) -> Seen:
    """Two bills with the same number, the second with the option that allows it."""
    bill = {
        "VendorRef": {"value": company.vendor()["Id"]},
        "Line": company.expense_lines(),
        "DocNumber": company.next_number(),
    }
    company.made("Bill", bill)
    plain = company.make("Bill", bill)
    asked = company.make("Bill", bill, query="include=allowduplicatedocnum")
    return Seen(
        f"Without the option the second bill was {plain.said}; with include=allowduplicatedocnum it was {asked.said}.",
        as_expected=plain.code == "6140" and asked.ok,
    )


def _taken_number(company: ProbeCompany) -> str:
    if not company.preference("SalesFormsPrefs", "CustomTxnNumbers"):
        raise CannotTell(
            "QuickBooks numbers this company's sales forms (Account and settings, Sales, Custom transaction numbers is off)."
        )
    return company.invoice()["DocNumber"]
