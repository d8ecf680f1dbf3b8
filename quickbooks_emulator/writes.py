"""Create, update, delete and void: the order of checks, tokens, closed periods, and the commit.

What a record must look like is in names and transactions, its number in numbers; what links do is in settlement.
"""

from collections.abc import Mapping
from typing import Any

from quickbooks_emulator import credits, currencies, errors, names, numbers, renames, settlement, transactions
from quickbooks_emulator.attachments import build_attachable
from quickbooks_emulator.company import (
    COMPUTED,
    EMPTY,
    LISTS,
    NAMES,
    READ_ONLY,
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
_COMPUTED = COMPUTED - {"status"}
_LINKING = ("Payment", "BillPayment", "Deposit")
_VOIDS = ("Invoice", "Payment", "BillPayment", "SalesReceipt", "RefundReceipt", "CreditMemo")
_VOIDS_BY_HAND = (*_VOIDS, "Purchase")


def write(
    company: Company, entity: str, payload: Any, operation: str | None = None, include: str | None = None
) -> tuple[Record, str]:
    """One write. Returns (the object as returned, what was done: create, update, delete, void).

    `operation` and `include` are the query parameters of that name (in a batch: operation and optionsData).
    Raises Refusal.
    """
    if company.subscription_ended:
        raise errors.subscription_ended()
    if operation == "delete":
        return delete(company, entity, payload), "delete"
    if operation == "void" or (include == "void" and operation in (None, "", "update")):
        if entity not in _VOIDS or (operation == "void" and entity == "BillPayment"):
            raise errors.void_unsupported(entity)
        return void(company, entity, payload), "void"
    if operation not in (None, "", "create", "update"):
        raise errors.unsupported_operation(operation, "Operation")
    return save(company, entity, payload, (include or "").lower())


def save(
    company: Company, entity: str, payload: Any, include: str = "", has_file: bool = False
) -> tuple[Record, str]:
    """Create (no Id) or update (Id). Create and update are the same POST. `has_file`: an attachment comes with its file."""
    if entity in (*READ_ONLY, *EMPTY):
        raise errors.unsupported_operation("create", "Operation")
    body, emptied = read_payload(entity, payload, company.switches.extension_blocks == "refuse")
    if body.get("Id") in company.store.deleted[entity]:
        raise errors.deleted_by_another()
    old = current(company, entity, body) if body.get("Id") else None
    if old is None and entity in SINGLES:
        raise errors.required("Id")
    sparse = old is not None and body.get("sparse") is True
    if sparse:
        errors.require(body, *_ALWAYS_SENT.get(entity, ()))
    sent = Sent(body, old, sparse, emptied)
    _check_active(sent)
    fields = _fields(company, entity, sent, include, has_file)
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
    credits.apply_by_itself(company, entity, record, old is None, save)
    if company.switches.auto_apply_shown:
        record = company.store.get(entity, record["Id"]) or record
    return record, "update" if old else "create"


def _check_active(sent: Sent) -> None:
    """A sparse update of an inactive list element needs Active true, or must not change anything."""
    if not sent.sparse or sent.old is None or sent.old.get("Active") is not False:
        return
    repeated = (
        "Active" in sent.body
        and not sent.emptied
        and all(sent.old.get(name) == value for name, value in sent.body.items() if name not in _COMPUTED)
    )
    if sent.body.get("Active") is not True and not repeated:
        # Four field notes, one a whole body of 2026-08-28 after a merge; the repeated deactivation is recorded.
        raise errors.business(errors.ELEMENT_DELETED)


def _fields(company: Company, entity: str, sent: Sent, include: str, has_file: bool) -> Record:
    if entity in NAMES:
        return names.build_person(company, entity, sent)
    if entity in LISTS:
        return names.build_listed(company, entity, sent)
    if entity == "Attachable":
        return build_attachable(company, sent, has_file)
    if entity not in TRANSACTIONS:
        return sent.merged(_COMPUTED)
    old = sent.old
    if old is not None:
        check_open_period(company, old["TxnDate"])
        check_not_deposited(company, entity, old["Id"])
    fields = transactions.build(company, entity, sent)
    if old is not None and (company.switches.matched_change == "any" or _moves_money(fields, old)):
        check_not_matched(company, entity, old["Id"])
    check_open_period(company, fields["TxnDate"])
    if entity in _LINKING:
        settlement.check(company, entity, fields, old["Id"] if old else "")
    numbers.give(company, entity, fields, old, include)
    return fields


def _same(fields: Record, old: Record) -> bool:
    return fields == {key: value for key, value in old.items() if key not in COMPUTED}


def current(company: Company, entity: str, body: Mapping[str, Any]) -> Record:
    """The stored object that a write names, after checking its token. Raises Refusal 2020, 2030, 610, 5010."""
    identifier = str(body["Id"])
    if not identifier.isdigit():
        raise errors.invalid_id(identifier)
    record = company.find(entity, identifier)
    if record is None:
        raise errors.object_not_found()
    token = body.get("SyncToken")
    if token is None or token == "":
        raise errors.required("SyncToken")
    if str(token) != record["SyncToken"]:
        raise errors.stale(company.profile.user, company.profile.user)
    return record


def check_open_period(company: Company, day: str) -> None:
    closed = company.preference("AccountingInfoPrefs", "BookCloseDate")
    if closed and day <= closed:
        raise errors.period_closed()


def check_not_deposited(company: Company, entity: str, identifier: str) -> None:
    if settlement.is_deposited(company, entity, identifier):
        raise errors.deposited()


def check_not_matched(company: Company, entity: str, identifier: str) -> None:
    if (entity, identifier) in company.matched:
        raise errors.business(errors.MATCHED)


_OF_A_BANK_LINE = ("TotalAmt", "TxnDate", "AccountRef", "DepositToAccountRef", "CheckPayment")


def _moves_money(fields: Record, old: Record) -> bool:
    """Whether anything changes that a bank feed line is matched by."""
    before, after = (
        [
            (line.get("Amount"), line.get("AccountBasedExpenseLineDetail", {}).get("AccountRef"))
            for line in lines
        ]
        for lines in (old.get("Line", ()), fields.get("Line", ()))
    )
    return before != after or any(fields.get(name) != old.get(name) for name in _OF_A_BANK_LINE)


# Delete and void


def _address(company: Company, entity: str, payload: Any) -> Record:
    if not isinstance(payload, dict):
        raise errors.unreadable_property()
    body = {**payload, "Id": payload.get("Id", payload.get("id"))}
    if body["Id"] in (None, ""):
        raise errors.required("Id")
    if entity == "Attachable" and "SyncToken" not in body:  # accepted with Id only (recorded traffic)
        record = company.find(entity, str(body["Id"]))
        if record is None:
            raise errors.object_not_found()
        return record
    return current(company, entity, body)


def delete(company: Company, entity: str, payload: Any) -> Record:
    """Transactions only; lists are deactivated. Returns the short answer with status Deleted."""
    if entity not in TRANSACTIONS and entity != "Attachable":
        raise errors.unsupported_operation("delete", "Operation")
    old = _address(company, entity, payload)
    if entity in TRANSACTIONS:
        check_open_period(company, old["TxnDate"])
        check_not_deposited(company, entity, old["Id"])
        if (entity, old["Id"]) in company.matched:
            raise errors.matched_delete()
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
    """Amounts become 0, the transaction and its number stay, 'Voided' is put before the note.

    A purchase can only be voided by a person, and then has a special status (live suite, 2026-08-17).
    """
    if entity not in _VOIDS_BY_HAND:
        raise errors.void_unsupported(entity)
    old = _address(company, entity, payload)
    check_open_period(company, old["TxnDate"])
    check_not_deposited(company, entity, old["Id"])
    check_not_matched(company, entity, old["Id"])
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
    if "TxnTaxDetail" in changed:
        changed["TxnTaxDetail"] = {**changed["TxnTaxDetail"], "TotalTax": 0}
    currencies.follow(changed)
    if entity == "Purchase":
        changed["status"] = "Voided"
    company.commit(entity, changed)
    if entity in _LINKING:
        settlement.relink(company, entity, old["Id"], old, changed)
    return changed


def _emptied(line: Record) -> Record:
    changed = {**line, "Amount": 0}
    for kind in ("SalesItemLineDetail", "ItemBasedExpenseLineDetail"):
        if "Qty" in line.get(kind, {}):
            changed[kind] = {**line[kind], "Qty": 0}
    return changed
