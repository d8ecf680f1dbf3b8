"""QuickBooks' refusals: one exception, and one function per error code. What is refused before the
service, and what only a rule on demand brings about, is in `on_demand`.

Texts are literal from recorded traffic or Intuit's documentation where such a source exists. `element` None
means that the key is left out of a single answer; inside a batch the key is always there (recorded traffic).
"""

from collections.abc import Mapping
from typing import Any

from quickbooks_emulator.french import translated


class Refusal(Exception):
    """A request that QuickBooks answers with a Fault.

    `errors` holds entries with the keys Message, Detail, code and, where known, element. `status` is the HTTP
    status of a single request. `timed` False leaves the `time` key out of the answer (recorded for code
    2030).
    """

    def __init__(
        self,
        errors: list[dict[str, Any]],
        kind: str = "ValidationFault",
        status: int = 400,
        timed: bool = True,
    ) -> None:
        super().__init__(errors[0]["code"] if errors else "nothing done")
        self.errors = errors
        self.kind = kind
        self.status = status
        self.timed = timed

    @property
    def code(self) -> str | None:
        return self.errors[0]["code"] if self.errors else None

    def content(self, language: str = "en") -> dict[str, Any]:
        """The body of a single answer, without its time."""
        return {"Fault": self.fault(language=language)}

    def fault(self, in_batch: bool = False, language: str = "en") -> dict[str, Any]:
        """The body of the `Fault` key; in a batch every error carries an element (recorded traffic)."""
        errors = [translated(error) for error in self.errors] if language == "fr" else self.errors
        if in_batch:
            errors = [{**error, "element": error.get("element", "")} for error in errors]
        return {"Error": errors, "type": self.kind}


class NothingDone(Refusal):
    """A request that QuickBooks answers with an empty 200, and does not execute."""

    def __init__(self) -> None:
        super().__init__([], status=200)

    def content(self, language: str = "en") -> dict[str, Any]:  # noqa: ARG002 - there is no text in it
        return {"BatchItemResponse": []}


def entry(code: str, message: str, detail: str, element: str | None = None) -> dict[str, Any]:
    error = {"Message": message, "Detail": detail, "code": code}
    if element is not None:
        error["element"] = element
    return error


def refuse(code: str, message: str, detail: str, element: str | None = None, status: int = 400) -> Refusal:
    return Refusal([entry(code, message, detail, element)], status=status)


def unsupported_operation(what: str, element: str | None = None) -> Refusal:
    """A named operation has the element Operation (live suite of 2026-08-16, for a void); an unknown path has none
    (recorded).
    """
    return refuse("500", "Unsupported Operation", f"Operation {what} is not supported.", element)


def void_unsupported(entity: str) -> Refusal:
    """The response to `operation=void` where it is not supported: verbatim from a live suite of 2026-08-16, which tried four entities."""
    match entity:
        case "Bill":
            detail = "System Failure Error: java.lang.UnsupportedOperationException"
            return system_failure(detail, "SystemFailureError", status=200)
        case "JournalEntry":
            return NothingDone()
    return unsupported_operation("void", "Operation")


def object_not_found() -> Refusal:
    """Recorded in a batch; a single read or delete of a missing Id is HTTP 400 too (field note)."""
    return refuse(
        "610",
        "Object Not Found",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
        "",
    )


def deleted_by_another() -> Refusal:
    """Intuit's page has this text for a deleted transaction; used when one is changed."""
    return refuse(
        "610", "Object Not Found", "Object Not Found : Another user has deleted this transaction.", ""
    )


def not_utf8() -> Refusal:
    return unsupported_operation(
        "com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: "
        "Invalid byte 1 of 1-byte UTF-8 sequence"
    )


def cannot_link() -> Refusal:
    return refuse(
        "620",
        "TxnID Cannot Be Linked",
        "TxnID Cannot Be Linked : Cannot validate linked transactions: Something you're trying to "
        "use has been made "
        "inactive. Check the fields with accounts, customers, items, vendors or employees.",
        "",
    )


def batch_too_large(limit: int) -> Refusal:
    # Intuit's table only says that the text names the limit.
    return refuse("1040", "Batch size exceeds allowed limit", f"Batch size exceeds allowed limit of {limit}")


def unsupported_object(name: str) -> Refusal:
    return refuse("2000", "Invalid or unsupported object name", f"Object Name: {name}")


_INVALID_PROPERTY = "Request has invalid or unsupported property"
# The list of known properties is cut once the parenthesis grows past this length (recorded traffic: 1,001).
_LONGEST_LISTING = 1000


def unknown_property(name: str, entity: str, known: list[str]) -> Refusal:
    listing = f" ({len(known)} known properties: "
    for position, each in enumerate(known):
        listing += f'"{each}"'
        if len(listing) > _LONGEST_LISTING:
            listing += " [truncated]"
            break
        listing += ", " if position < len(known) - 1 else ""
    unread = f'Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{entity})'
    detail = (
        f"Property Name:{unread}, not marked as ignorable{listing}])\n specified is unsupported or invalid"
    )
    return refuse("2010", _INVALID_PROPERTY, detail)


def unreadable_property() -> Refusal:
    detail = "Property Name:failed to parse json object; a property specified is unsupported or invalid"
    return refuse("2010", _INVALID_PROPERTY, detail)


def required(*names: str) -> Refusal:
    """One entry per missing field."""
    message = "Required param missing, need to supply the required value for the API"
    return Refusal(
        [entry("2020", message, f"Required parameter {n} is missing in the request", n) for n in names]
    )


def require(holder: Mapping[str, Any], *names: str, filled: bool = False) -> None:
    """Raises Refusal 2020 for each name missing from the holder; ``filled``: or empty in it."""
    missing = [name for name in names if not (holder.get(name) if filled else name in holder)]
    if missing:
        raise required(*missing)


def invalid_id(value: str) -> Refusal:
    return Refusal(
        [entry("2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id")],
        timed=False,
    )


def invalid_string(element: str, code: str = "2040") -> Refusal:
    return refuse(code, "Invalid String", f"{element} contains invalid characters", element)


def wrong_length(element: str, longest: int, supplied: int) -> Refusal:
    return refuse(
        "2050",
        "String length is either shorter or longer than supported by specification",
        f"String length specified does not match the supported length. Min:0 Max:{longest:,} supported. "
        f"Supplied length:{supplied:,}",
        element,
    )


def invalid_number(element: str, value: object) -> Refusal:
    return refuse("2090", "Invalid Number", f"Invalid Number : {value}", element)


def invalid_decimal(element: str, value: object) -> Refusal:
    return refuse("2110", "Invalid Decimal", f"Invalid Decimal : {value}", element)


def invalid_enumeration(value: object) -> Refusal:
    return refuse("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}")


def invalid_email() -> Refusal:
    return refuse(
        "2210",
        "Invalid Email Address Format",
        "Email Address does not conform to the syntax rules of RFC 822.",
    )


def unbalanced() -> Refusal:
    return refuse("2300", "Amount on debits not equal to credits", "Amount on debits not equal to credits")


def unknown_reference(what: str, identifier: str) -> Refusal:
    """`what` is QuickBooks' own word for the list: Names, Accounts, Klasses, Depts (field notes)."""
    detail = f"Invalid Reference Id : {what} element id {identifier} not found"
    return refuse("2500", "Invalid Reference Id", detail, "Reference Id")


def inactive_reference() -> Refusal:
    detail = (
        "Invalid Reference Id : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return refuse("2500", "Invalid Reference Id", detail, "Reference Id")


def unreadable_query(detail: str) -> Refusal:
    return refuse("4000", "Error parsing query", f"QueryParserError: {detail}")


def invalid_query(detail: str) -> Refusal:
    return refuse("4001", "Invalid query", f"QueryValidationError: {detail}")


def stale(user: str, editor: str) -> Refusal:
    """Recorded in a batch; the two names are the connected user and the last editor."""
    return refuse(
        "5010",
        "Stale Object Error",
        f"Stale Object Error : You and {user} were working on this at the same time. {editor} "
        f"finished before you "
        "did, so your work was not saved.",
        "",
    )


def business(text: str) -> Refusal:
    message = "A business validation error has occurred while processing your request"
    return refuse("6000", message, f"Business Validation Error: {text}", "")


ELEMENT_DELETED = "You cannot modify a list element that has been deleted."  # a whole body of 2026-08-28
ITEM_INACTIVE = "You need to activate this item before updating the quantity"  # field notes of three programs
# Help pages of three vendors.
MATCHED = (
    "This transaction is matched to a downloaded transaction. If you want to change the account, you need to unmatch the "
    "transaction first."
)
ONE_NAME = "You can only add or edit one name at a time. Please try again."  # help page of Invoiced
ONE_PRODUCT = (
    "You can only add or edit one product or service at a time. Please try again."  # field note, Ruby
)
NO_AMOUNT = "You must set a transaction amount."
NEGATIVE_AMOUNT = "You must specify a transaction amount that is 0 or greater."  # field note: a purchase
NOTHING_ATTACHED = "You must have at least a note string or file attachment"  # live suite, 2026-08-16
UNEXPECTED = (
    "An unexpected error occurred while accessing or saving your data. Please wait a few minutes and "
    "try again.  "
    "If the problem persists, contact customer support."
)


def account_type_missing() -> Refusal:
    return refuse(
        "6010", "Required parameter is missing", "AccountType or AccountSubType is required", "AccountType"
    )


def wrong_amount(supplied: str) -> Refusal:
    return refuse(
        "6070",
        "Amount calculation incorrect in the request.",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}",
        "Line.Amount",
    )


def invalid_tax_code(value: str) -> Refusal:
    return refuse(
        "6100", "Invalid Line TaxCode in the request", f"Invalid Line TaxCode : {value}", "TaxCodeRef"
    )


def duplicate_number(number: str, type_title: str, identifier: str) -> Refusal:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has "
        "already been used. "
        f"DocNumber={number} is assigned to TxnType={type_title} with TxnId={identifier}"
    )
    return refuse("6140", "Duplicate Document Number Error", detail, "")


def own_parent() -> Refusal:
    return refuse("900", "Parent cannot be child", "Parent cannot be child")


def too_deep() -> Refusal:
    return refuse("6180", "Sub Level Limit", "Sub Level Limit : You can only have up to 5 levels")


def subscription_ended() -> Refusal:
    return refuse(
        "6190",
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem : You can't add "
        "data to QuickBooks "
        "Online Plus because your trial or subscription period ended.",
        "",
    )


def wrong_customer() -> Refusal:
    return refuse("6250", "InvalidSalesCustomer", "The customer is missing or inactive", "CustomerRef")


def period_closed() -> Refusal:
    return refuse(
        "6210",
        "Account Period Closed, Cannot Update Through Services API",
        "The account period has closed and the account books cannot be updated through the QBO "
        "Services API. Please "
        "use the QBO website to make these changes.",
        "",
    )


def duplicate_name(documented: bool = False) -> Refusal:
    """Recorded: the detail ends with null. Intuit's page has a sentence instead."""
    reason = (
        "Another customer, vendor or employee is already using this \nname. Please use a different name."
        if documented
        else "null"
    )
    return refuse("6240", "Duplicate Name Exists Error", f"The name supplied already exists. : {reason}")


def wrong_account_type(account_type: str) -> Refusal:
    return refuse("6430", "Invalid account type used", f"Invalid account type used : {account_type}", "")


def matched_delete() -> Refusal:
    """In Intuit's table of codes; the detail is not public."""
    return refuse("6480", "Matched Transaction Delete Error", "Matched Transaction Delete Error", "")


def deposited() -> Refusal:
    return refuse(
        "6540",
        "Deposited Transaction cannot be changed",
        "This transaction has been deposited. If you want to change or delete it, you must edit the "
        "deposit it "
        "appears on and remove it first",
        "",
    )


def system_failure(
    detail: str = "System Failure Error: An unexpected error occurred",
    element: str | None = None,
    status: int = 500,
) -> Refusal:
    message = "An application error has occurred while processing your request"
    return Refusal([entry("10000", message, detail, element)], kind="SystemFault", status=status)
