"""What a person does in QuickBooks itself: merging two customers, matching a transaction to the bank feed. Only with --by-hand.

Not here: how the person is asked (``company.by_hand``).
"""

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different
from rentaxis_pipelines.probe.experiments.references import purchase_payload
from rentaxis_pipelines.probe.wire import Reply
from rentaxis_pipelines.quickbooks.detail_texts import Meaning, meaning_of


def merged_customers(company: ProbeCompany) -> Seen:
    """One of two customers is merged into the other: what does it look like then, and whose is its invoice?"""
    winner = company.made("Customer", {"DisplayName": company.name("merge stays")})
    loser = company.made("Customer", {"DisplayName": company.name("merge goes")})
    invoice = company.invoice("1.00", CustomerRef={"value": loser["Id"]})
    company.by_hand(
        "merge",
        f"In QuickBooks, open the customer '{loser['DisplayName']}' and change its name to '{winner['DisplayName']}'. QuickBooks asks "
        "whether to merge the two: agree.",
        {"entity": "Customer", "id": loser["Id"], "into": winner["Id"]},
    )
    owner = company.now("Invoice", invoice)["CustomerRef"]["value"]
    if owner == loser["Id"]:
        raise CannotTell("The invoice still belongs to the old customer, so the two were not merged.")
    reply = company.read("Customer", loser["Id"])
    if not reply.ok:
        return different(
            f"Its invoice belongs to the other customer; reading it was {reply.said}.",
            **({"merged_away": "gone"} if reply.code == "610" else {}),
        )
    if reply.of("Customer").get("Active") is not False:
        return different("Its invoice belongs to the other customer, but it is still active.")
    change = company.change("Customer", reply.of("Customer"), {"Notes": "merged away"})
    meant = change.fault and meaning_of(change.code, change.fault.message, change.fault.detail)
    return Seen(
        f"Its invoice belongs to the other customer; it is inactive, and a change was {change.said}.",
        as_expected=meant is Meaning.ELEMENT_DELETED,
        switches={"merged_away": "inactive"},
    )


def matched_to_bank(company: ProbeCompany) -> Seen:
    """A purchase is matched to a bank feed transaction: which changes are then refused, and how?"""
    purchase = company.made("Purchase", purchase_payload(company))
    bank, number = purchase["AccountRef"].get("name", ""), purchase.get("DocNumber", "")
    facts = {"entity": "Purchase", "id": str(purchase["Id"])}
    company.by_hand(
        "match",
        f"In QuickBooks, under Transactions, Bank transactions, upload a file with one payment of 1.00 of today for the account '{bank}', "
        f"and match it to the expense with the number {number}.",
        facts,
    )
    try:
        account = _with_other_account(company, purchase)
        note = _changed(company, purchase, {"PrivateNote": f"{purchase.get('PrivateNote', '')} matched"})
        deleted = company.delete("Purchase", company.now("Purchase", purchase))
    finally:
        company.by_hand(
            "match",
            f"In the same place, under Categorized, undo that match, and exclude the line of the bank for the expense {number}.",
            {**facts, "undo": "true"},
        )
    known = account.fault and meaning_of(account.code, account.fault.message, account.fault.detail)
    as_known = known is Meaning.MATCHED_TO_BANK
    text = " with the known text" if as_known else ""
    said = f"A change of the account was {account.said}{text}, one of the note {note.said}, deleting {deleted.said}."
    return Seen(
        said,
        as_expected=as_known and deleted.code == "6480",
        # Not by the sentence, which is known in English only.
        switches={"matched_change": "money" if note.ok else "any"} if account.code == "6000" else {},
    )


def _with_other_account(company: ProbeCompany, purchase: Payload) -> Reply:
    statement = "SELECT * FROM Account WHERE AccountType = 'Expense' AND Active = true MAXRESULTS 2"
    accounts = [account["Id"] for account in company.query(statement, quiet=True)]
    line = company.now("Purchase", purchase)["Line"][0]
    detail = line["AccountBasedExpenseLineDetail"]
    other = next((account for account in accounts if account != detail["AccountRef"]["value"]), None)
    if other is None:
        raise CannotTell("The company has no second expense account to switch to.")
    changed = {**line, "AccountBasedExpenseLineDetail": {**detail, "AccountRef": {"value": other}}}
    return _changed(company, purchase, {"Line": [changed]})


def _changed(company: ProbeCompany, purchase: Payload, fields: Payload) -> Reply:
    """A sparse update of a purchase, which has to name the way of payment again."""
    now = company.now("Purchase", purchase)
    return company.change("Purchase", now, {"PaymentType": now["PaymentType"], **fields})
