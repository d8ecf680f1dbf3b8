"""What the rules of several transactions share: references and their names, lines, accounts, amounts."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from quickbooks_emulator import errors
from quickbooks_emulator.company import Company
from quickbooks_emulator.money import CENT, Amount, money, thousands
from quickbooks_emulator.store import Record

# These do not show that nothing is linked to them (of a sales receipt: recorded after its write).
LINKS_UNSHOWN = ("Purchase", "BillPayment", "SalesReceipt")


def common(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    fields.setdefault("TxnDate", company.clock.today())
    fields.setdefault("CurrencyRef", company.profile.currency)
    fields["LinkedTxn"] = old.get("LinkedTxn", []) if old else []
    if not fields["LinkedTxn"] and entity in LINKS_UNSHOWN:
        del fields["LinkedTxn"]
    name_sent(company, fields, old, DepartmentRef="Department", ClassRef="Class")


def named(company: Company, holder: Record, field: str, entity: str, old: Record | None = None) -> Record:
    """Check a reference and add the name that QuickBooks shows."""
    record = company.reference(entity, holder[field], (old or {}).get(field))
    holder[field] = {"value": record["Id"], "name": title(record)}
    return record


def name_sent(company: Company, holder: Record, old: Record | None = None, **fields: str) -> None:
    """``named`` for those of these references that are present; ``fields``: the entity each refers to."""
    for field, entity in fields.items():
        if field in holder:
            named(company, holder, field, entity, old)


def title(record: Record) -> str:
    """The name a reference shows: an item's own name, others with their parents."""
    if "Type" in record and "Name" in record:
        return record["Name"]
    return record.get("FullyQualifiedName") or record.get("DisplayName") or record["Name"]


def unnamed(company: Company, holder: Record, field: str, entity: str, old: Record | None = None) -> Record:
    """Check a reference that is returned without its name."""
    record = company.reference(entity, holder[field], (old or {}).get(field))
    holder[field] = {"value": record["Id"]}
    return record


def numbered(lines: list[Record], old: Record | None, first: int = 1) -> list[Record]:
    """Give every line its Id: a known one is kept, any other is a new line (reference)."""
    known: set[Any] = {line["Id"] for line in (old or {}).get("Line", ()) if "Id" in line}
    highest = max((int(each) for each in known if each.isdigit()), default=first - 1)
    result: list[Record] = []
    used: set[Any] = set()
    for line in lines:
        identifier = line.get("Id")
        if identifier not in known or identifier in used:
            highest += 1
            identifier = str(highest)
        used.add(identifier)
        result.append({"Id": identifier, **{key: value for key, value in line.items() if key != "Id"}})
    return result


def check_amount(line: Record, detail: Record) -> None:
    """Qty x UnitPrice at the precision sent, rounded to the cent, must equal Amount (code 6070)."""
    # Both zero count as not given: a public client sends them so, and its test passes on a sandbox.
    if "Qty" in detail and "UnitPrice" in detail and (detail["Qty"] or detail["UnitPrice"]):
        computed = (Decimal(detail["Qty"]) * Decimal(detail["UnitPrice"])).quantize(CENT, ROUND_HALF_UP)
        if computed != line["Amount"]:
            raise errors.wrong_amount(thousands(line["Amount"]))


def require_line(line: Record) -> str:
    detail_type = line.get("DetailType")
    missing = [name for name in ("Amount", "DetailType") if name not in line]
    if detail_type == "DescriptionOnly":
        missing = []
    if detail_type is None or missing:
        raise errors.required(*(f"Line.{name}" if name == "DetailType" else name for name in missing))
    return detail_type


def money_account(
    company: Company,
    fields: Record,
    field: str,
    types: tuple[str, ...],
    old: Record | None,
    *,
    bare: bool = False,
) -> None:
    account = (unnamed if bare else named)(company, fields, field, "Account", old)
    if account["AccountType"] not in types:
        raise errors.wrong_account_type(account["AccountType"])


def to_undeposited(company: Company, fields: Record, named: bool = False) -> None:
    account = company.account_of_type("Other Current Asset", "UndepositedFunds")
    if account is not None:
        fields["DepositToAccountRef"] = {"value": account["Id"]} | ({"name": title(account)} if named else {})


def _paid(old: Record | None, field: str) -> Amount:
    """What is already applied to the stored transaction."""
    return old["TotalAmt"] - old[field] if old else 0


def open_amount(fields: Record, old: Record | None, field: str) -> Amount:
    remaining = fields["TotalAmt"] - _paid(old, field)
    if remaining < 0:
        raise errors.business("The amount applied to this transaction is larger than its new total.")
    return money(remaining)


def name_value(name: str, value: str) -> Record:
    """One entry of an extension block, as Intuit's XML binding writes it."""
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }
