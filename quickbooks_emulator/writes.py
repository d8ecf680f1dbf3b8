"""Create, update, delete and void: the order of checks, tokens, numbers, closed periods, and the commit.

What a record must look like is in names and transactions; what links do is in settlement.
"""

from collections.abc import Mapping
from typing import Any

from quickbooks_emulator import errors, names, renames, settlement, transactions
from quickbooks_emulator.company import (
    EMPTY,
    LISTS,
    NAMES,
    READ_ONLY,
    SALES,
    SINGLES,
    TRANSACTIONS,
    Company,
    Sent,
)
from quickbooks_emulator.schema import read_payload
from quickbooks_emulator.store import Record

# What even a sparse update must name (field note for the first two, reference for CompanyInfo).
_ALWAYS_SENT = {
    "Bill": ("VendorRef",),
    "Purchase": ("PaymentType",),
    "CompanyInfo": ("CompanyName", "CompanyAddr"),
}
_COMPUTED = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse"})
_LINKING = ("Payment", "BillPayment", "Deposit")
_VOIDS = ("Invoice", "Payment", "BillPayment", "SalesReceipt", "RefundReceipt", "CreditMemo")
# How a fault text names the type that already has a number (field notes).
_TITLES = {
    "JournalEntry": "Journal Entry", "SalesReceipt": "Sales Receipt", "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund Receipt", "BillPayment": "Bill Payment", "Purchase": "Expense",
}  # fmt: skip


def write(
    company: Company, entity: str, payload: Any, operation: str | None = None, include: str | None = None
) -> tuple[Record, str]:
    """One write. Returns (object as answered, what was done: create, update, delete, void).

    `operation` and `include` are the query parameters of that name (in a batch: operation and optionsData).
    Raises Refusal.
    """
    if company.subscription_ended:
        raise errors.subscription_ended()
    if operation == "delete":
        return delete(company, entity, payload), "delete"
    if operation == "void" or (include == "void" and operation in (None, "", "update")):
        return void(company, entity, payload), "void"
    if operation not in (None, "", "create", "update"):
        raise errors.unsupported_operation(operation)
    return save(company, entity, payload, (include or "").lower())


def save(company: Company, entity: str, payload: Any, include: str = "") -> tuple[Record, str]:
    """Create (no Id) or update (Id). Create and update are the same POST."""
    if entity in (*READ_ONLY, *EMPTY):
        raise errors.unsupported_operation(f"create on {entity}")
    body, emptied = read_payload(entity, payload, company.switches.extension_blocks == "refuse")
    if body.get("Id") in company.store.deleted[entity]:
        raise errors.deleted_by_another()
    old = current(company, entity, body) if body.get("Id") else None
    if old is None and entity in SINGLES:
        raise errors.required("Id")
    sparse = old is not None and body.get("sparse") is True
    if sparse and old and old.get("Active") is False and "Active" not in body:
        # Four field notes, one a whole body of 2026-08-28 after a merge; with Active true the update goes.
        raise errors.business(errors.ELEMENT_DELETED)
    missing = [name for name in _ALWAYS_SENT.get(entity, ()) if name not in body] if sparse else []
    if missing:
        raise errors.required(*missing)
    fields = _fields(company, entity, Sent(body, old, sparse, emptied), include)
    if old is not None and entity not in TRANSACTIONS and _same(fields, old):
        return old, "none"  # a no-op keeps token and stamp on lists (recorded traffic)
    record = {
        **fields,
        "domain": "QBO",
        "sparse": False,
        "Id": old["Id"] if old else company.next_id(entity),
        "SyncToken": str(int(old["SyncToken"]) + 1) if old else "0",
        "MetaData": company.metadata(old),
    }
    company.commit(entity, record)
    if old is not None and entity not in TRANSACTIONS:
        renames.follow(company, entity, old, record)
    if entity in _LINKING:
        settlement.relink(company, entity, record["Id"], old, record)
        record = company.store.get(entity, record["Id"]) or record
    return record, "update" if old else "create"


def _fields(company: Company, entity: str, sent: Sent, include: str) -> Record:
    if entity in NAMES:
        return names.build_person(company, entity, sent)
    if entity in LISTS:
        return names.build_listed(company, entity, sent)
    if entity not in TRANSACTIONS:
        if entity == "Attachable":
            check_attached(company, sent.body)
        return sent.merged(_COMPUTED)
    old = sent.old
    if old is not None:
        check_open_period(company, old["TxnDate"])
        check_not_deposited(company, entity, old["Id"])
    fields = transactions.build(company, entity, sent)
    check_open_period(company, fields["TxnDate"])
    if entity in _LINKING:
        settlement.check(company, entity, fields, old["Id"] if old else "")
    _number(company, entity, fields, old, include)
    return fields


def check_attached(company: Company, body: Record) -> None:
    """What an attachment is attached to must exist (text recorded)."""
    for each in body.get("AttachableRef", ()):
        ref = each.get("EntityRef", {})
        kind, identifier = ref.get("type", "").title(), ref.get("value", "")
        entity = next((name for name in company.store.tables if name.lower() == kind.lower()), None)
        if entity is None or company.find(entity, identifier) is None:
            what = f"{entity or kind} {identifier}"
            raise errors.business(f"The entity {what} that you are trying to link does not exist. {what}")


def _same(fields: Record, old: Record) -> bool:
    ignored = ("Id", "SyncToken", "MetaData", "domain", "sparse", "status")
    return fields == {key: value for key, value in old.items() if key not in ignored}


def current(company: Company, entity: str, body: Mapping[str, Any]) -> Record:
    """The stored object a write names, its token checked. Raises Refusal 2020, 2030, 610, 5010."""
    identifier = str(body["Id"])
    if not identifier.isdigit():
        raise errors.invalid_id(identifier)
    found = company.find(entity, identifier)
    if found is None:
        raise errors.object_not_found()
    token = body.get("SyncToken")
    if token is None or token == "":
        raise errors.required("SyncToken")
    if str(token) != found["SyncToken"]:
        raise errors.stale(company.profile.user, company.profile.user)
    return found


def check_open_period(company: Company, day: str) -> None:
    closed = company.preference("AccountingInfoPrefs", "BookCloseDate")
    if closed and day <= closed:
        raise errors.period_closed()


def check_not_deposited(company: Company, entity: str, identifier: str) -> None:
    if settlement.is_deposited(company, entity, identifier):
        raise errors.deposited()


# Document numbers

_ALWAYS_CHECKED = ("Bill", "VendorCredit", "JournalEntry", "BillPayment")


def _number(company: Company, entity: str, fields: Record, old: Record | None, include: str) -> None:
    """DocNumber: given by QuickBooks, or the client's and checked for duplicates (code 6140)."""
    custom = company.preference("SalesFormsPrefs", "CustomTxnNumbers", False)
    if entity in SALES and not custom:
        if "DocNumber" not in fields and old is not None and "DocNumber" in old:
            fields["DocNumber"] = old["DocNumber"]
        elif fields.get("DocNumber", "AUTO_GENERATE") == "AUTO_GENERATE":
            fields["DocNumber"] = _next_number(company)
        return
    if fields.get("DocNumber") == "AUTO_GENERATE":
        fields["DocNumber"] = _next_number(company)
    number = fields.get("DocNumber")
    if number is None or "allowduplicatedocnum" in include or (old and old.get("DocNumber") == number):
        return
    if entity in SALES or (entity == "Purchase" and fields["PaymentType"] == "Check"):
        if not company.switches.warn_duplicate_numbers:
            return
    elif entity not in (*_ALWAYS_CHECKED, "Purchase"):
        return
    kinds = SALES if entity in SALES and company.switches.sales_number_scope == "sales" else (entity,)
    for kind in kinds:
        for other in company.store.tables[kind].having("DocNumber", number):
            if (old and other["Id"] == old["Id"]) or _unseen(company, kind, other["Id"]):
                continue
            raise errors.duplicate_number(number, _TITLES.get(kind, kind), other["Id"])


def _unseen(company: Company, kind: str, identifier: str) -> bool:
    return company.switches.batch_collisions == "unseen" and (kind, identifier) in company.unseen


def _next_number(company: Company) -> str:
    company.counters["numbers"] = company.counters.get("numbers", 1000) + 1
    return str(company.counters["numbers"])


# Delete and void


def _address(company: Company, entity: str, payload: Any) -> Record:
    if not isinstance(payload, dict):
        raise errors.unreadable_property()
    body = {**payload, "Id": payload.get("Id", payload.get("id"))}
    if body["Id"] in (None, ""):
        raise errors.required("Id")
    if entity == "Attachable" and "SyncToken" not in body:  # accepted with Id only (recorded traffic)
        found = company.find(entity, str(body["Id"]))
        if found is None:
            raise errors.object_not_found()
        return found
    return current(company, entity, body)


def delete(company: Company, entity: str, payload: Any) -> Record:
    """Transactions only; lists are deactivated. Returns the short answer with status Deleted."""
    if entity not in TRANSACTIONS and entity != "Attachable":
        raise errors.unsupported_operation(f"delete on {entity}")
    old = _address(company, entity, payload)
    if entity in TRANSACTIONS:
        check_open_period(company, old["TxnDate"])
        check_not_deposited(company, entity, old["Id"])
        _free_of_payments(company, entity, old["Id"], company.switches.delete_linked)
    company.remove(entity, old["Id"])
    if entity in _LINKING:
        settlement.relink(company, entity, old["Id"], old, None)
    return {"domain": "QBO", "status": "Deleted", "Id": old["Id"]}


def _free_of_payments(company: Company, entity: str, identifier: str, policy: str) -> None:
    if settlement.payers(company, entity, identifier):
        if policy == "refuse":
            raise errors.business("This transaction has linked transactions. Unlink them first.")
        settlement.unlink(company, (entity, identifier))


def void(company: Company, entity: str, payload: Any) -> Record:
    """Amounts become 0, the transaction and its number stay, 'Voided' goes in front of the note."""
    if entity not in _VOIDS:
        raise errors.unsupported_operation(f"void on {entity}")
    old = _address(company, entity, payload)
    check_open_period(company, old["TxnDate"])
    check_not_deposited(company, entity, old["Id"])
    token = str(int(old["SyncToken"]) + 1)  # one step, also where payments are taken off first
    _free_of_payments(company, entity, old["Id"], company.switches.void_linked)
    old = company.store.get(entity, old["Id"]) or old
    note = old.get("PrivateNote")
    changed: Record = {
        **old,
        "SyncToken": token,
        "MetaData": company.metadata(old),
        "PrivateNote": f"Voided - {note}" if note else "Voided",
        "TotalAmt": 0,
        # The sample of a voided payment has no lines left (reference).
        "Line": [] if entity in _LINKING else [_emptied(line) for line in old.get("Line", ())],
    }
    for field in ("Balance", "UnappliedAmt", "RemainingCredit"):
        if field in changed:
            changed[field] = 0
    company.commit(entity, changed)
    if entity in _LINKING:
        settlement.relink(company, entity, old["Id"], old, changed)
    return changed


def _emptied(line: Record) -> Record:
    changed = {**line, "Amount": 0}
    detail = line.get("SalesItemLineDetail")
    if detail and "Qty" in detail:
        changed["SalesItemLineDetail"] = {**detail, "Qty": 0}
    return changed
