"""One company's books: profile, objects, counters, and the one place that makes every change.

`commit` keeps customer and vendor balances equal to what the transactions say; rules about what may be
written live in names, transactions and writes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from quickbooks_emulator import errors
from quickbooks_emulator.clock import Clock
from quickbooks_emulator.money import Amount, money
from quickbooks_emulator.store import Record, Store
from quickbooks_emulator.switches import Switches

NAMES = ("Customer", "Vendor", "Employee")
LISTS = ("Item", "Account", "Class", "Department", "Term", "PaymentMethod")
READ_ONLY = ("TaxCode", "TaxRate")
SALES = ("Invoice", "CreditMemo", "RefundReceipt", "SalesReceipt", "Estimate")
TRANSACTIONS = (
    *SALES,
    "Payment",
    "Purchase",
    "Bill",
    "VendorCredit",
    "BillPayment",
    "Deposit",
    "JournalEntry",
)
COMPUTED = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})  # of every object
SINGLES = ("CompanyInfo", "Preferences")
# Known to queries and change data capture, always empty here: a client may ask for them.
EMPTY = (
    "PurchaseOrder", "Budget", "CompanyCurrency", "JournalCode", "TaxAgency", "TimeActivity", "Transfer",
    "CreditCardPaymentTxn", "ReimburseCharge", "InventoryAdjustment", "RecurringTransaction", "ExchangeRate",
    "CustomerType",
)  # fmt: skip
ENTITIES = (*NAMES, *LISTS, *READ_ONLY, *TRANSACTIONS, *SINGLES, "Attachable", *EMPTY)

# Fault texts call the lists by QuickBooks' inner names (field notes for the first six; the rest by analogy).
ELEMENTS = {
    "Customer": "Names", "Vendor": "Names", "Employee": "Names", "Account": "Accounts", "Class": "Klasses",
    "Department": "Depts", "Item": "Items", "Term": "Terms", "PaymentMethod": "PaymentMethods",
    "TaxCode": "TaxCodes",
}  # fmt: skip


# Under OtherPrefs, not in the group it is named after (entity reference): own numbers on what is bought.
OWN_NUMBERS_OF_VENDOR_SIDE = "VendorAndPurchasesPrefs.UseCustomTxnNumbers"


class Profile(msgspec.Struct, kw_only=True):
    """What a seed says about a company besides its objects."""

    realm: str
    user: str = "Demo User"
    currency: dict[str, str] = msgspec.field(
        default_factory=lambda: {"value": "USD", "name": "United States Dollar"}
    )
    terms_days: int = 30
    customer_taxable: bool = False
    customer_tax_code: str | None = None
    custom_fields: list[dict[str, str]] = msgspec.field(default_factory=list)
    cluster: str = "https://c50.sandbox.qbo.intuit.com/qbo50"  # how fault texts call the server (recorded)


class Sent(NamedTuple):
    """What a write sent, cleaned, and the object before it (None: a create)."""

    body: Record
    old: Record | None
    sparse: bool
    emptied: set[str]  # fields sent empty; a sparse update clears them

    def merged(self, computed: frozenset[str]) -> Record:
        """The writable fields after this write: a sparse update keeps the fields it does not name."""
        named = {key: value for key, value in self.body.items() if key not in computed}
        if self.old is None or not self.sparse:
            return named
        kept = {
            key: value for key, value in self.old.items() if key not in computed and key not in self.emptied
        }
        return {**kept, **named}


class Company:
    def __init__(self, profile: Profile, clock: Clock, switches: Switches) -> None:
        self.profile = profile
        self.clock = clock
        self.switches = switches
        self.store = Store(ENTITIES)
        self.counters: dict[str, int] = {}
        # What is applied to a transaction: (entity, Id) -> {(entity, Id) of the payment: amount}
        self.applied: dict[tuple[str, str], dict[tuple[str, str], Amount]] = {}
        self.unseen: set[tuple[str, str]] = set()  # made earlier in the batch now running
        self.hidden_until: dict[
            tuple[str, str], float
        ] = {}  # committed, visible only later (fault on demand)
        self.subscription_ended = False
        self.files: dict[str, bytes] = {}  # content of attachments by Id; a saved state leaves it out
        self.matched: set[tuple[str, str]] = set()  # transactions matched to a line of the bank feed

    # Ids and numbers

    def next_id(self, entity: str) -> str:
        counter = "names" if entity in NAMES else "transactions" if entity in TRANSACTIONS else entity
        first = 5000000000000503623 if entity == "Attachable" else 0  # such ids were recorded
        number = self.counters.get(counter, first) + 1
        table = self.store.tables.get(entity)  # addresses are numbered too, and have no table
        while table is not None and str(number) in table.rows:
            number += 1
        self.counters[counter] = number
        return str(number)

    def metadata(self, old: Record | None = None) -> dict[str, str]:
        stamp = self.clock.stamp()
        return {"CreateTime": old["MetaData"]["CreateTime"] if old else stamp, "LastUpdatedTime": stamp}

    # Preferences

    def preference(self, group: str, name: str, default: Any = None) -> Any:
        for record in self.store.tables["Preferences"].rows.values():
            return record.get(group, {}).get(name, default)
        return default

    def other_preference(self, name: str) -> str | None:
        """One of the preferences listed by name under OtherPrefs."""
        entries: list[dict[str, str]] = self.preference("OtherPrefs", "NameValue", [])
        return next((each["Value"] for each in entries if each["Name"] == name), None)

    # Looking up

    def visible(self, entity: str, identifier: str) -> bool:
        """False while a delayed commit hides the object from reads."""
        until = self.hidden_until.get((entity, identifier))
        return until is None or self.clock.epoch() >= until

    def find(self, entity: str, identifier: str) -> Record | None:
        """An object that a write may refer to: not one created earlier in the same batch."""
        if self.unseen and (entity, identifier) in self.unseen:
            return None
        return self.store.get(entity, identifier)

    def reference(
        self, entity: str, ref: Record, old: Record | None = None, inactive_ok: bool = False
    ) -> Record:
        """The object that a reference names. Raises Refusal 2500 (or as switched) if it is unknown or inactive.

        An unchanged reference of an existing transaction may point to what has become inactive since.
        """
        identifier = ref["value"]
        record = self.find(entity, identifier)
        if record is None:
            raise errors.unknown_reference(ELEMENTS[entity], identifier)
        if record.get("Active") is False and not inactive_ok and not (old and old.get("value") == identifier):
            raise self._inactive(entity)
        return record

    def _inactive(self, entity: str) -> errors.Refusal:
        match self.switches.inactive_reference:
            case "610":
                return errors.object_not_found()
            case "6250" if entity == "Customer":
                return errors.wrong_customer()
            case "6000" if entity == "Item":
                return errors.business(errors.ITEM_INACTIVE)
        return errors.inactive_reference()

    def by_name(self, entity: str, name: str, field: str = "FullyQualifiedName") -> Record | None:
        return next(self.store.tables[entity].having(field, name), None)

    def account_of_type(self, account_type: str, subtype: str | None = None) -> Record | None:
        for record in self.store.tables["Account"].rows.values():
            if record["AccountType"] == account_type and subtype in (None, record.get("AccountSubType")):
                return record
        return None

    # Changing

    def commit(self, entity: str, record: Record) -> None:
        """Store a new or changed object and update the balances it affects."""
        old = self.store.put(entity, record)
        if entity in TRANSACTIONS:
            self._move(entity, old, record)

    def remove(self, entity: str, identifier: str) -> None:
        old = self.store.drop(entity, identifier, self.clock.stamp())
        self.matched.discard((entity, identifier))
        if entity in TRANSACTIONS:
            self._move(entity, old, None)

    def _move(self, entity: str, old: Record | None, new: Record | None) -> None:
        shares = _SHARES.get(entity)
        if shares is None:
            return
        moves: dict[tuple[str, str], Amount] = {}
        for record, sign in ((old, -1), (new, 1)):
            if record is not None:
                for owner, amount in shares(self, record):
                    moves[owner] = moves.get(owner, 0) + sign * amount
        for (kind, identifier), amount in moves.items():
            if amount:
                self.move_balance(kind, identifier, amount)

    def move_balance(self, kind: str, identifier: str, amount: Amount) -> None:
        # The balance and LastUpdatedTime move, the SyncToken stays (recorded traffic for a customer).
        record = self.store.get(kind, identifier)
        if record is None:
            return
        changed = {
            **record,
            "MetaData": self.metadata(record),
            "Balance": money(record.get("Balance", 0) + amount),
        }
        if kind == "Customer":
            changed["BalanceWithJobs"] = money(record.get("BalanceWithJobs", 0) + amount)
        self.store.put(kind, changed)
        if kind == "Customer":
            self._move_parents(record, amount)

    def _move_parents(self, record: Record, amount: Amount) -> None:
        while (ref := record.get("ParentRef")) and (parent := self.store.get("Customer", ref["value"])):
            total = money(parent.get("BalanceWithJobs", 0) + amount)
            self.store.put(
                "Customer", {**parent, "MetaData": self.metadata(parent), "BalanceWithJobs": total}
            )
            record = parent

    def rebuild(self) -> None:
        """Derive `applied` again from the stored transactions (after loading a seed, a file or a snapshot)."""
        self.applied = {}
        for entity in ("Payment", "BillPayment", "Deposit"):
            for record in self.store.tables[entity].rows.values():
                for target, amount in links(record):
                    self.applied.setdefault(target, {})[entity, record["Id"]] = amount


Owner = tuple[str, str]
Share = Callable[[Company, Record], list[tuple[Owner, Amount]]]


def links(record: Record) -> list[tuple[Owner, Amount]]:
    """What the lines of a payment or deposit are applied to: ((entity, Id), amount), totaled by target."""
    totals: dict[Owner, Amount] = {}
    for line in record.get("Line", ()):
        for link in line.get("LinkedTxn", ()):
            kind: str = link.get("TxnType", "")
            target = (TXN_TYPES.get(kind, kind), link["TxnId"])
            totals[target] = totals.get(target, 0) + line.get("Amount", 0)
    return list(totals.items())


# Names under which a LinkedTxn calls an entity, where they differ from the entity's own.
TXN_TYPES = {
    "Expense": "Purchase", "Check": "Purchase", "CreditCardCredit": "Purchase", "ReceivePayment": "Payment",
    "BillPaymentCheck": "BillPayment", "BillPaymentCreditCard": "BillPayment",
}  # fmt: skip


def _customer_owes(record: Record, field: str, sign: int) -> list[tuple[Owner, Amount]]:
    ref = record.get("CustomerRef")
    return [(("Customer", ref["value"]), sign * record.get(field, 0))] if ref else []


def _vendor_owed(record: Record, field: str, sign: int) -> list[tuple[Owner, Amount]]:
    ref = record.get("VendorRef")
    return [(("Vendor", ref["value"]), sign * record.get(field, 0))] if ref else []


def bill_payment_credit(record: Record) -> Amount:
    """The part of a bill payment that remains as a vendor credit."""
    return record.get("TotalAmt", 0) - sum(
        (-1 if target[0] == "VendorCredit" else 1) * amount for target, amount in links(record)
    )


def _journal_shares(company: Company, record: Record) -> list[tuple[Owner, Amount]]:
    shares: list[tuple[Owner, Amount]] = []
    for line in record.get("Line", ()):
        detail = line.get("JournalEntryLineDetail")
        entity = (detail or {}).get("Entity")
        if not detail or not entity or "EntityRef" not in entity:
            continue
        account = company.store.get("Account", detail["AccountRef"]["value"]) or {}
        amount = line.get("Amount", 0) * (1 if detail.get("PostingType") == "Debit" else -1)
        if account.get("AccountType") == "Accounts Receivable" and entity.get("Type") == "Customer":
            shares.append((("Customer", entity["EntityRef"]["value"]), amount))
        if account.get("AccountType") == "Accounts Payable" and entity.get("Type") == "Vendor":
            shares.append((("Vendor", entity["EntityRef"]["value"]), -amount))
    return shares


def _purchase_shares(company: Company, record: Record) -> list[tuple[Owner, Amount]]:
    who, amount = record.get("EntityRef", {}), charge_of(company, record)
    owes = amount and who.get("type") == "Customer"
    paid = sum(company.applied.get(("Purchase", record.get("Id", "")), {}).values())
    return [(("Customer", who["value"]), amount - paid)] if owes else []


def charged(company: Company, kind: str, identifier: str) -> Amount:
    """What an expense or check charges to accounts receivable: a customer can pay that as an invoice (Intuit's help: "Record a bounced
    check using an expense", "Record a customer refund"). Nothing for any other transaction.
    """
    record = company.store.get(kind, identifier) if kind == "Purchase" else None
    return charge_of(company, record) if record is not None else 0


def charge_of(company: Company, record: Record) -> Amount:
    """The same of a purchase as it is, stored or not."""
    total: Amount = 0
    for line in record.get("Line", ()):
        ref = line.get("AccountBasedExpenseLineDetail", {}).get("AccountRef")
        account = company.store.get("Account", ref["value"]) if ref else None
        if account is not None and account.get("AccountType") == "Accounts Receivable":
            total += line.get("Amount", 0)
    return -total if record.get("Credit") else total


# What each transaction adds to the balance of whom: open invoices minus unapplied payments and credits.
_SHARES: dict[str, Share] = {
    "Invoice": lambda _, record: _customer_owes(record, "Balance", 1),
    "Payment": lambda _, record: _customer_owes(record, "UnappliedAmt", -1),
    "CreditMemo": lambda _, record: _customer_owes(record, "RemainingCredit", -1),
    "Bill": lambda _, record: _vendor_owed(record, "Balance", 1),
    "VendorCredit": lambda _, record: _vendor_owed(record, "Balance", -1),
    "BillPayment": lambda _, record: _vendor_owed({**record, "_": bill_payment_credit(record)}, "_", -1),
    "JournalEntry": _journal_shares,
    "Purchase": _purchase_shares,
}
