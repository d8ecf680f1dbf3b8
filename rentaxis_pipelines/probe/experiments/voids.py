"""What remains after a void, and which other transaction types can be voided."""

from decimal import Decimal
from typing import Any

from rentaxis_pipelines.probe.company import ProbeCompany, code_of
from rentaxis_pipelines.probe.experiment import Seen, different
from rentaxis_pipelines.quickbooks.query import count


def note(company: ProbeCompany) -> Seen:
    """The note of a voided invoice that had one before, and of one that had none."""
    before = "RentAxis probe note"
    with_note, without = company.invoice(PrivateNote=before), company.invoice(PrivateNote=None)
    notes: list[str] = []
    for invoice in (with_note, without):
        reply = company.void("Invoice", invoice)
        if not reply.ok:
            return different(f"The void was {reply.said}.")
        notes.append(str(reply.of("Invoice").get("PrivateNote", "")))
    return Seen(
        f'A void changes the note "{before}" to "{notes[0]}", and an empty one to "{notes[1]}".',
        as_expected=notes == [f"Voided - {before}", "Voided"],
    )


def money(company: ProbeCompany) -> Seen:
    """Total, balance and lines of a voided invoice, and its number."""
    invoice = company.invoice()
    reply = company.void("Invoice", invoice)
    if not reply.ok:
        return different(f"The void was {reply.said}.")
    voided = reply.of("Invoice")
    sums = [Decimal(voided.get(name, 0)) for name in ("TotalAmt", "Balance")]
    lines = sum((Decimal(line.get("Amount", 0)) for line in voided.get("Line", [])), Decimal(0))
    kept = voided.get("DocNumber") == invoice.get("DocNumber")
    token = int(voided["SyncToken"]) - int(invoice["SyncToken"])
    return Seen(
        f"Total {sums[0]}, balance {sums[1]}, lines {lines}; the number is {'kept' if kept else 'gone'}; the token increased by {token}.",
        as_expected=not any([*sums, lines]) and kept and token == 1,
    )


def by_operation(company: ProbeCompany) -> Seen:
    """operation=void on types for which the reference does not list it."""
    bank, lines = company.account("Bank"), company.expense_lines()
    forms: dict[str, dict[str, Any]] = {
        "Purchase": {"PaymentType": "Cash", "AccountRef": {"value": bank}, "Line": lines},
        "Bill": {"VendorRef": {"value": company.vendor()["Id"]}, "Line": lines},
    }
    answers: dict[str, str] = {}
    for entity, payload in forms.items():
        reply = company.void(entity, company.made(entity, payload))
        answers[entity] = f"HTTP {reply.status}, code {reply.code or 'none'}"
    return Seen(
        "; ".join(f"{entity}: {answer}" for entity, answer in answers.items()) + ".",
        as_expected=answers == {"Purchase": "HTTP 400, code 500", "Bill": "HTTP 200, code 10000"},
    )


def journal_entry_in_batch(company: ProbeCompany) -> Seen:
    """A batch that voids a journal entry, which alone gets an empty response, together with a query."""
    kind, amount = "JournalEntryLineDetail", Decimal("1.00")
    sides = (("Debit", "Expense"), ("Credit", "Income"))
    lines = [
        {
            "Amount": amount,
            "DetailType": kind,
            kind: {"PostingType": side, "AccountRef": {"value": company.account(which)}},
        }
        for side, which in sides
    ]
    entry = company.made("JournalEntry", {"Line": lines})
    address = {"Id": entry["Id"], "SyncToken": entry["SyncToken"]}
    items = company.batch(
        [
            {"bId": "1", "operation": "void", "JournalEntry": address},
            {"bId": "2", "Query": count("JournalEntry")},
        ]
    )
    stands = company.now("JournalEntry", entry)["SyncToken"] == entry["SyncToken"]
    answer = next((item for item in items if str(item.get("bId")) == "1"), None)
    said = f"The journal entry {'is unchanged' if stands else 'was changed'}; its item "
    if answer is None:
        return different(f"{said}was not answered.", silent_void_in_batch="left_out")
    if code_of(answer) == "500":
        return Seen(
            f"{said}was refused with code 500.",
            as_expected=stands,
            switches={"silent_void_in_batch": "refused"},
        )
    return different(
        f"{said}was {f'refused with code {code_of(answer)}' if 'Fault' in answer else 'accepted'}."
    )
