"""What a person does in QuickBooks itself: merging two customers, matching a transaction to the bank feed. Run with --by-hand only.

Not here: how the person is asked (``company.by_hand``).
"""

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen
from rentaxis_pipelines.probe.experiments.references import purchase_payload
from rentaxis_pipelines.quickbooks.detail_texts import Meaning, meaning_of


def merged_customers(company: ProbeCompany) -> Seen:
    """One of two customers is merged into the other: how does it read then, and where is its invoice?"""
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
        raise CannotTell("The invoice is still the old customer's, so the two were not merged.")
    reply = company.read("Customer", loser["Id"])
    if not reply.ok:
        return Seen(
            f"Its invoice is the other customer's; reading it was {reply.said}.",
            as_expected=False,
            switches={"merged_away": "gone"} if reply.code == "610" else {},
        )
    if reply.of("Customer").get("Active") is not False:
        return Seen("Its invoice is the other customer's, yet it still reads as active.", as_expected=False)
    change = company.change("Customer", reply.of("Customer"), {"Notes": "merged away"})
    meant = change.fault and meaning_of(change.code, change.fault.message, change.fault.detail)
    return Seen(
        f"Its invoice is the other customer's; it reads as inactive, and a change of it was {change.said}.",
        as_expected=meant is Meaning.ELEMENT_DELETED,
        switches={"merged_away": "inactive"},
    )


def matched_to_bank(company: ProbeCompany) -> Seen:
    """A purchase is matched to a line of the bank feed: how is a change of its account refused?"""
    purchase = company.made("Purchase", purchase_payload(company))
    company.by_hand(
        "match",
        "In QuickBooks, under Transactions, Bank transactions, upload a file with one payment of 1.00 of today for the account "
        f"'{purchase['AccountRef'].get('name', '')}', and match it to the expense with the number {purchase.get('DocNumber', '')}.",
        {"entity": "Purchase", "id": purchase["Id"]},
    )
    try:
        return _change_of_matched(company, purchase)
    finally:
        company.by_hand(
            "match",
            f"Unmatch the expense with the number {purchase.get('DocNumber', '')} again (Transactions, Bank transactions, Categorized, "
            "Undo), so that it can be deleted.",
            {"entity": "Purchase", "id": purchase["Id"], "undo": "yes"},
        )


def _change_of_matched(company: ProbeCompany, purchase: Payload) -> Seen:
    now = company.now("Purchase", purchase)
    others = company.query(
        "SELECT * FROM Account WHERE AccountType = 'Expense' AND Active = true MAXRESULTS 2", quiet=True
    )
    if len(others) < 2:
        raise CannotTell("The company has no second expense account to change to.")
    line = now["Line"][0]
    detail = line["AccountBasedExpenseLineDetail"]
    other = next(one["Id"] for one in others if one["Id"] != detail["AccountRef"]["value"])
    changed = {**line, "AccountBasedExpenseLineDetail": {**detail, "AccountRef": {"value": other}}}
    reply = company.change("Purchase", now, {"PaymentType": now["PaymentType"], "Line": [changed]})
    meant = reply.fault and meaning_of(reply.code, reply.fault.message, reply.fault.detail)
    text = " with the sentence that is known" if meant is Meaning.MATCHED_TO_BANK else ""
    return Seen(
        f"A change of the account was {reply.said}{text}.", as_expected=meant is Meaning.MATCHED_TO_BANK
    )
