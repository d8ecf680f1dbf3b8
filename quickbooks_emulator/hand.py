"""Manual changes to the books: what a person does in QuickBooks itself while a sync assumes nobody else is working there.

Every action ("deed" in the JSON) follows the same rules as the API unless a person could do more; each returns the
object it changed.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from quickbooks_emulator import settlement, writes
from quickbooks_emulator.company import SINGLES, TRANSACTIONS, Company
from quickbooks_emulator.money import money
from quickbooks_emulator.schema import TYPES, read_payload
from quickbooks_emulator.store import Record


def _named(company: Company, deed: Record) -> Record:
    record = company.store.get(deed["entity"], str(deed["id"]))
    if record is None:
        raise KeyError(f"no {deed['entity']} {deed['id']}")
    return record


def _address(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def delete(company: Company, deed: Record) -> Record:
    """{entity, id}: payments are unapplied first; the payments in a deleted deposit are released."""
    if deed["entity"] in SINGLES:
        raise ValueError(f"nobody can delete {deed['entity']}")
    record = _named(company, deed)
    settlement.unlink(company, (deed["entity"], record["Id"]))
    record = _named(company, deed)
    company.remove(deed["entity"], record["Id"])
    if deed["entity"] in ("Payment", "BillPayment", "Deposit"):
        settlement.relink(company, deed["entity"], record["Id"], record, None)
    return record


def edit(company: Company, deed: Record) -> Record:
    """{entity, id, fields}: a sparse update."""
    record = _named(company, deed)
    payload = {**deed["fields"], **_address(record), "sparse": True}
    return writes.save(company, deed["entity"], payload, "allowduplicatedocnum")[0]


def void(company: Company, deed: Record) -> Record:
    """{entity, id}"""
    return writes.void(company, deed["entity"], _address(_named(company, deed)))


def deactivate(company: Company, deed: Record) -> Record:
    """{entity, id}: makes a list element inactive; ' (deleted)' is added to its name."""
    return edit(company, {**deed, "fields": {"Active": False}})


def activate(company: Company, deed: Record) -> Record:
    """{entity, id}"""
    return edit(company, {**deed, "fields": {"Active": True}})


def create(company: Company, deed: Record) -> Record:
    """{entity, fields}"""
    return writes.save(company, deed["entity"], deed["fields"])[0]


def merge(company: Company, deed: Record) -> Record:
    """{entity, id, into}: the transactions of `id` move to `into`; `id` is removed or made inactive (switch merged_away)."""
    entity, loser = deed["entity"], _named(company, deed)
    winner = _named(company, {"entity": entity, "id": deed["into"]})
    field = {"Customer": "CustomerRef", "Vendor": "VendorRef"}[entity]
    reference = {"value": winner["Id"], "name": winner.get("FullyQualifiedName") or winner["DisplayName"]}
    for kind in TRANSACTIONS:
        for record in list(company.store.tables[kind].rows.values()):
            if record.get(field, {}).get("value") == loser["Id"]:
                token = str(int(record["SyncToken"]) + 1)
                company.commit(
                    kind,
                    {**record, field: reference, "SyncToken": token, "MetaData": company.metadata(record)},
                )
    if company.switches.merged_away == "inactive":
        deactivate(company, deed)
    else:
        company.remove(entity, loser["Id"])
    return company.store.get(entity, winner["Id"]) or winner


def deposit(company: Company, deed: Record) -> Record:
    """{payments: [Id, ...], account: Id}: puts payments into a bank deposit."""
    lines = []
    for identifier in deed["payments"]:
        payment = _named(company, {"entity": "Payment", "id": identifier})
        link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
        lines.append({"Amount": payment["TotalAmt"], "LinkedTxn": [link]})
    account = deed.get("account") or (company.account_of_type("Bank") or {}).get("Id")
    return writes.save(company, "Deposit", {"DepositToAccountRef": {"value": str(account)}, "Line": lines})[0]


def close_books(company: Company, deed: Record) -> Record:
    """{date}: sets the closing date; null reopens the books."""
    preferences = next(iter(company.store.tables["Preferences"].rows.values()))
    accounting = {k: v for k, v in preferences.get("AccountingInfoPrefs", {}).items() if k != "BookCloseDate"}
    if deed.get("date"):
        accounting["BookCloseDate"] = date.fromisoformat(deed["date"]).isoformat()
    return _prefer(company, preferences, "AccountingInfoPrefs", accounting)


def prefer(company: Company, deed: Record) -> Record:
    """{group, name, value}: sets any preference, such as SalesFormsPrefs CustomTxnNumbers; in the group OtherPrefs the value is
    text, for example for VendorAndPurchasesPrefs.UseCustomTxnNumbers.
    """
    if deed["name"] == "BookCloseDate":
        return close_books(company, {"date": deed["value"]})
    group, name, value = deed["group"], deed["name"], deed["value"]
    if not isinstance(name, str):
        raise TypeError("a preference has a name and a value")
    preferences = next(iter(company.store.tables["Preferences"].rows.values()))
    if group == "OtherPrefs":
        if isinstance(value, dict | list):
            raise ValueError("a preference of OtherPrefs has one value, as text")
        listed = preferences.get("OtherPrefs", {}).get("NameValue", [])
        entry = {"Name": name, "Value": str(value).lower() if isinstance(value, bool) else value}
        others = [each for each in listed if each["Name"] != name]
        return _prefer(company, preferences, "OtherPrefs", {"NameValue": [*others, entry]})
    if name in TYPES.get(TYPES["Preferences"].get(group, ""), {}):
        read_payload("Preferences", {group: {name: value}}, refuse_extensions=False)
    elif isinstance(value, dict | list):
        raise ValueError("a preference the schema does not know has a name and one value")
    content = {**preferences.get(group, {}), name: value}
    return _prefer(company, preferences, group, content)


def _prefer(company: Company, preferences: Record, group: str, content: Record) -> Record:
    token = str(int(preferences["SyncToken"]) + 1)
    changed = {
        **preferences, group: content, "SyncToken": token, "MetaData": company.metadata(preferences),
    }  # fmt: skip
    company.store.put("Preferences", changed)
    return changed


def unapply(company: Company, deed: Record) -> Record:
    """{entity, id}: unapplies all payments from an invoice or bill."""
    record = _named(company, deed)
    settlement.unlink(company, (deed["entity"], record["Id"]))
    return _named(company, deed)


def apply(company: Company, deed: Record) -> Record:
    """{payment, invoice, amount}: applies a payment's credit to an invoice."""
    payment = _named(company, {"entity": "Payment", "id": deed["payment"]})
    link = {"TxnId": str(deed["invoice"]), "TxnType": "Invoice"}
    lines = [*payment.get("Line", []), {"Amount": money(deed["amount"]), "LinkedTxn": [link]}]
    return edit(company, {"entity": "Payment", "id": payment["Id"], "fields": {"Line": lines}})


def match(company: Company, deed: Record) -> Record:
    """{entity, id[, undo: bool]}: matches a transaction to a bank feed line, or undoes the match."""
    record = _named(company, deed)
    if deed["entity"] not in TRANSACTIONS:
        raise ValueError(f"the bank feed holds no {deed['entity']}")
    (company.matched.discard if deed.get("undo") else company.matched.add)((deed["entity"], record["Id"]))
    return record


def subscription(company: Company, deed: Record) -> Record:
    """{ended: bool}: writes return 6190, reads still work."""
    company.subscription_ended = bool(deed["ended"])
    return {"ended": company.subscription_ended}


DEEDS: dict[str, Callable[[Company, dict[str, Any]], Record]] = {
    each.__name__: each
    for each in (
        create, edit, delete, void, deactivate, activate, merge, deposit, close_books, prefer, apply, unapply,
        subscription, match,
    )
}  # fmt: skip
