"""What QuickBooks does automatically if a company preference says so. Preferences are read, never set.

Here: credits applied automatically, multiple currencies, bill numbers. Not here: closed books (``closed_books``).
"""

from decimal import Decimal

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, SwitchValue, different
from rentaxis_pipelines.probe.experiments.measuring import Changing


def credits_applied(company: ProbeCompany) -> Seen:
    """A payment without an invoice, for a customer with an open one; then it is unapplied again."""
    if company.preference("SalesFormsPrefs", "AutoApplyCredit") is not True:
        raise CannotTell(
            "The company does not apply credits automatically. Turn that on in QuickBooks (Account and settings, Advanced, Automation) and "
            "run this experiment again."
        )
    customer = {"value": company.made("Customer", {"DisplayName": company.name("credits")})["Id"]}
    invoice = company.invoice("10.00", CustomerRef=customer)
    answered = company.made("Payment", {"CustomerRef": customer, "TotalAmt": Decimal("10.00")})
    payment = company.now("Payment", answered)
    if company.now("Invoice", invoice)["Balance"] != 0:
        return different("The payment was not applied automatically.", auto_apply="never")
    shown = answered.get("UnappliedAmt") == 0
    switches: dict[str, SwitchValue] = {"auto_apply_shown": shown}
    said = (
        f"The payment was applied automatically, which its response {'shows' if shown else 'does not show'}. "
    )
    taken = Changing(company, "Payment", payment).try_to({"Line": []})
    if not taken.ok:
        return Seen(f"{said}Unapplying it was {taken.said}.", as_expected=shown, switches=switches)
    reapplied = company.now("Invoice", invoice)["Balance"] == 0
    switches["auto_apply"] = "every_write" if reapplied else "create"
    said += f"Unapplied by a change, it {'was applied again' if reapplied else 'stays unapplied'}."
    return Seen(said, as_expected=shown and not reapplied, switches=switches)


def currency_left_out(company: ProbeCompany) -> Seen:
    """An invoice without a currency, for a customer whose currency differs from the company's."""
    if company.preference("CurrencyPrefs", "MultiCurrencyEnabled") is not True:
        raise CannotTell("The company uses only one currency.")
    home = (company.preference("CurrencyPrefs", "HomeCurrency") or {}).get("value", "USD")
    other = "EUR" if home != "EUR" else "USD"
    made = company.make(
        "Customer", {"DisplayName": company.name("currency"), "CurrencyRef": {"value": other}}
    )
    if not made.ok:
        raise CannotTell(f"A customer in {other} was {made.said}.")
    customer = {"value": made.of("Customer")["Id"]}
    reply = company.make("Invoice", company.invoice_payload("1.00", CustomerRef=customer))
    given = reply.of("Invoice").get("CurrencyRef", {}).get("value")
    if reply.ok:
        value = {home: "home", other: "party"}.get(given)
        kept = {"home": "the company's", "party": "the customer's"}.get(value or "", "neither currency")
        said = f"It was accepted and is in {kept}."
    else:
        # Refused for what it is missing, or, taken as the company's currency, for not being the customer's.
        value = {"2020": "refuse", "6000": "home"}.get(reply.code)
        said = f"It was {reply.said}."
    return Seen(said, as_expected=value == "refuse", switches={"currency_missing": value} if value else {})


def bill_without_number(company: ProbeCompany) -> Seen:
    """A bill that is sent without a number, where the company numbers its bills and expenses itself."""
    others: list[Payload] = company.preference("OtherPrefs", "NameValue") or []
    name = "VendorAndPurchasesPrefs.UseCustomTxnNumbers"
    own = next((str(entry.get("Value")) for entry in others if entry.get("Name") == name), "")
    if own != "false":
        raise CannotTell(
            "The company's preferences do not say that QuickBooks numbers its bills and expenses (Account and settings, Expenses, Bills and expenses)."
        )
    payload = {"VendorRef": {"value": company.vendor()["Id"]}, "Line": company.expense_lines("1.00")}
    number = company.made("Bill", {**payload, "DocNumber": None}).get("DocNumber")
    return Seen(
        "It got a number." if number else "It has no number.",
        as_expected=not number,
        switches={"vendor_side_numbers": "given" if number else "left_out"},
    )
