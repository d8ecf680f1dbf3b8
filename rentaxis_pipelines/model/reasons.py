"""Why a row was skipped or failed: the only table of reason codes in the program.

Here: the codes, the status each belongs to, what it means and what a person does about it, in accounting
terms. Not here: sentences about a particular record (written where the fact is known), and storing rows.
"""

from enum import StrEnum
from typing import Final, Literal

import msgspec

RefusalStatus = Literal["skipped", "failed"]


class ReasonCode(StrEnum):
    """The machine-readable reason of a row that was not written, or not in full. Code branches on these, never on the sentences."""

    UNCHANGED = "unchanged"
    TYPE_NOT_ENABLED = "type_not_enabled"
    DIRECTION_EXCLUDES_PUSH = "direction_excludes_push"
    EXCLUDED = "excluded"
    BEFORE_GO_LIVE = "before_go_live"
    DRAFT = "draft"
    VOID_NEVER_PUSHED = "void_never_pushed"
    FROM_QUICKBOOKS = "from_quickbooks"
    PUSHED_AS_CREDIT = "pushed_as_credit"
    WAITING_FOR_CONFIRMATION = "waiting_for_confirmation"
    WAITING_FOR_PARENT = "waiting_for_parent"
    APPLIED_IN_PART = "applied_in_part"
    APPLY_BY_HAND = "apply_by_hand"
    UNFIT_FIELD = "unfit_field"
    PREVIEW = "preview"
    NOT_APPROVED = "not_approved"
    UNDONE = "undone"

    MISSING_FIELD = "missing_field"
    INVALID_VALUE = "invalid_value"
    UNKNOWN_SOURCE_VALUE = "unknown_source_value"
    MISSING_MAPPING = "missing_mapping"
    INACTIVE_REFERENCE = "inactive_reference"
    AMBIGUOUS_MATCH = "ambiguous_match"
    OTHER_CURRENCY = "other_currency"
    TOTAL_MISMATCH = "total_mismatch"
    DUPLICATE_NUMBER = "duplicate_number"
    DUPLICATE_NAME = "duplicate_name"
    CLOSED_PERIOD = "closed_period"
    DEPOSITED = "deposited"
    MATCHED_TO_BANK = "matched_to_bank"
    CHANGED_IN_QUICKBOOKS = "changed_in_quickbooks"
    GONE_IN_QUICKBOOKS = "gone_in_quickbooks"
    HELD_BY_PAYMENT = "held_by_payment"
    REJECTED = "rejected"
    NOT_REACHED = "not_reached"
    HELD_BACK = "held_back"
    NEEDS_APPROVAL = "needs_approval"
    CHANGED_SINCE_PREVIEW = "changed_since_preview"
    CHANGED_LATER = "changed_later"
    IN_USE = "in_use"
    PAPER_UNFIT = "paper_unfit"
    PAPER_UNREADABLE = "paper_unreadable"


# A record with one of these waits for a person or another record, and needs attention.
WAITING: Final = (ReasonCode.WAITING_FOR_CONFIRMATION, ReasonCode.WAITING_FOR_PARENT)
# The payment is booked, and a part of it is not applied.
IN_PART: Final = (ReasonCode.APPLIED_IN_PART, ReasonCode.APPLY_BY_HAND)
# Open beside what failed: it, or a part of it, may go through without its record being changed.
OPEN: Final = (*WAITING, *IN_PART)
# The record's type, or pushing at all, is switched off in RentAxis.
SWITCHED_OFF: Final = (ReasonCode.TYPE_NOT_ENABLED, ReasonCode.DIRECTION_EXCLUDES_PUSH)
# Rightly not pushed, and nobody has to do anything.
LEFT_OUT: Final = (
    ReasonCode.DRAFT,
    ReasonCode.EXCLUDED,
    ReasonCode.BEFORE_GO_LIVE,
    ReasonCode.FROM_QUICKBOOKS,
    ReasonCode.PUSHED_AS_CREDIT,
)
# Nothing was sent of the row, for a reason that lies outside it.
NOT_TRIED: Final = (ReasonCode.NOT_REACHED, ReasonCode.HELD_BACK)
# A change that was refused for what is applied to the object, or may have been.
HELD: Final = (ReasonCode.REJECTED, ReasonCode.HELD_BY_PAYMENT)


class Reason(msgspec.Struct, frozen=True):
    """One row of the table. ``remedy`` is the sentence used if nothing more specific is known."""

    code: ReasonCode
    status: RefusalStatus
    meaning: str
    remedy: str


_NOTHING_TO_DO = "Nothing to do."

# Why a record is unchanged, after its label: what is said of records that are settled without being looked at (``ledger.settled``).
NOT_CHANGED: Final = " has not changed since it was pushed."
ALREADY_VOID: Final = " is already void in QuickBooks."

# What each means, and what a person does about it.
_SKIPPED: dict[ReasonCode, tuple[str, str]] = {
    ReasonCode.UNCHANGED: (
        "Nothing has changed since the record was last pushed.",
        _NOTHING_TO_DO,
    ),
    ReasonCode.TYPE_NOT_ENABLED: (
        "This record type is switched off in RentAxis, Integrations, QuickBooks.",
        "Switch the type on in RentAxis, then run again.",
    ),
    ReasonCode.DIRECTION_EXCLUDES_PUSH: (
        "The sync direction chosen in RentAxis does not push to QuickBooks.",
        "Choose a direction that includes 'to QuickBooks' in RentAxis, then run again.",
    ),
    ReasonCode.EXCLUDED: (
        "A person excluded this record from the sync.",
        "Include it again if it should be pushed.",
    ),
    ReasonCode.BEFORE_GO_LIVE: (
        "The record is dated before the go-live date.",
        "Nothing to do; it was booked before this sync began.",
    ),
    ReasonCode.DRAFT: (
        "The record is not final in RentAxis yet.",
        "Nothing to do; it is pushed once it is sent or completed in RentAxis.",
    ),
    ReasonCode.VOID_NEVER_PUSHED: (
        "The record was voided or deleted before it was ever pushed.",
        _NOTHING_TO_DO,
    ),
    ReasonCode.FROM_QUICKBOOKS: (
        "The record was imported from QuickBooks, so it is already there.",
        _NOTHING_TO_DO,
    ),
    ReasonCode.PUSHED_AS_CREDIT: (
        "The invoice is below zero, which QuickBooks keeps as a credit memo: it is pushed as a credit.",
        _NOTHING_TO_DO,
    ),
    ReasonCode.WAITING_FOR_CONFIRMATION: (
        "QuickBooks has a customer of the same name; a person must say whether it is the same one.",
        "Confirm or reject the suggested customer, then run again.",
    ),
    ReasonCode.WAITING_FOR_PARENT: (
        "A record this one depends on is not in QuickBooks yet.",
        "Push the record it is waiting for, then run again.",
    ),
    ReasonCode.APPLIED_IN_PART: (  # also on a row that was written: the money is booked, but part of it is not applied
        "The payment is in QuickBooks, but part of it is not applied yet.",
        "Nothing to do: it is applied automatically once what it is for is in QuickBooks.",
    ),
    ReasonCode.APPLY_BY_HAND: (  # also on a row that was written, like the one above
        "The payment is in QuickBooks, but part of it is not applied, and a person has to see to that.",
        "Apply the rest in QuickBooks by hand, or correct the invoice it is for.",
    ),
    ReasonCode.UNFIT_FIELD: (  # also on a row that was written: everything except this field
        "A contact field in RentAxis is not valid in QuickBooks, so the field there was left unchanged.",
        "Correct the field in RentAxis, then run again.",
    ),
    ReasonCode.PREVIEW: (
        "This was a preview: nothing was sent.",
        "Approve the plan to push it.",
    ),
    ReasonCode.NOT_APPROVED: (
        "The record was not among the rows a person approved.",
        "Nothing to do; preview the days again if it should be pushed.",
    ),
    ReasonCode.UNDONE: (
        "A person undid the run that pushed this record, so it is not pushed again by itself.",
        "Include it again if it should be pushed.",
    ),
}
_FAILED: dict[ReasonCode, tuple[str, str]] = {
    ReasonCode.MISSING_FIELD: (
        "A field required by QuickBooks is empty.",
        "Fill the field in RentAxis, then run again.",
    ),
    ReasonCode.INVALID_VALUE: (
        "A value cannot be booked as it is.",
        "Correct the record in RentAxis, then run again.",
    ),
    ReasonCode.UNKNOWN_SOURCE_VALUE: (
        "RentAxis has a status, type or method that this sync does not recognize.",
        "Correct the value in RentAxis, or have it added to the sync.",
    ),
    ReasonCode.MISSING_MAPPING: (
        "The company file does not say where this goes in QuickBooks.",
        "Add the mapping to company.yaml, then run again.",
    ),
    ReasonCode.INACTIVE_REFERENCE: (
        "The QuickBooks object this is mapped to is inactive.",
        "Make it active in QuickBooks or map to another one, then run again.",
    ),
    ReasonCode.AMBIGUOUS_MATCH: (
        "More than one customer or vendor in QuickBooks matches.",
        "Choose the right one (rentaxis-sync links confirm), then run again.",
    ),
    ReasonCode.OTHER_CURRENCY: (
        "The customer, vendor or account in QuickBooks is in a different currency than the company's own.",
        "Link or map one that is in the company's own currency, then run again.",
    ),
    ReasonCode.TOTAL_MISMATCH: (
        "The totals do not agree to the cent.",
        "Compare the record in RentAxis and in QuickBooks, and correct the one that is wrong.",
    ),
    ReasonCode.DUPLICATE_NUMBER: (
        "QuickBooks already has another record with this number.",
        "Change the number in RentAxis or in QuickBooks, then run again.",
    ),
    ReasonCode.DUPLICATE_NAME: (
        "QuickBooks already has another customer, vendor or employee with this name.",
        "Link the existing one, or rename one of the two, then run again.",
    ),
    ReasonCode.CLOSED_PERIOD: (
        "The books are closed for this date in QuickBooks.",
        "Reopen the period in QuickBooks, or date the record in an open period, then run again.",
    ),
    ReasonCode.DEPOSITED: (
        "The payment is part of a bank deposit in QuickBooks and cannot be changed there.",
        "Remove the payment from the deposit in QuickBooks, run again, then add it back to the deposit.",
    ),
    ReasonCode.MATCHED_TO_BANK: (
        "The record is matched to a bank feed transaction in QuickBooks and cannot be changed there.",
        "Unmatch it in QuickBooks (Transactions, Bank transactions, Categorized, Undo), run again, then match it again.",
    ),
    ReasonCode.CHANGED_IN_QUICKBOOKS: (
        "Somebody changed the record in QuickBooks since it was pushed.",
        "Undo the change in QuickBooks, or run again with force to put RentAxis' version back.",
    ),
    ReasonCode.GONE_IN_QUICKBOOKS: (
        "The record was deleted in QuickBooks since it was pushed.",
        "If it is still owed or was paid, push it with force to create a new one (rentaxis-sync record ... --force). If not, void it in RentAxis.",
    ),
    ReasonCode.HELD_BY_PAYMENT: (
        "A payment is applied to the record in QuickBooks and must be unapplied first.",
        "Push the payment too; the record then follows automatically.",
    ),
    ReasonCode.REJECTED: (
        "QuickBooks refused the record.",
        "Follow QuickBooks' message, correct the record, then run again.",
    ),
    ReasonCode.NOT_REACHED: (
        "The run ended before this record was sent.",
        "Run again.",
    ),
    ReasonCode.HELD_BACK: (
        "The run would have written far more than usual, so this record was held back before it was sent.",
        "Review the plan that was stored instead; if it is right, approve it.",
    ),
    ReasonCode.NEEDS_APPROVAL: (
        "Force would overwrite what somebody changed in QuickBooks, and a person has to approve that.",
        "Review the plan that was stored instead; if RentAxis' version is right, approve it.",
    ),
    ReasonCode.CHANGED_SINCE_PREVIEW: (
        "The record, the settings or the books have changed since the plan was made, so this record was not sent.",
        "Preview the days again, review the record, and approve the new plan.",
    ),
    ReasonCode.CHANGED_LATER: (
        "The record was changed again after the run that is to be undone.",
        "Undo the later run first, or correct the record by hand.",
    ),
    ReasonCode.IN_USE: (
        "Something else in QuickBooks depends on it, so it cannot be undone.",
        "Remove what depends on it in QuickBooks, then undo the run again.",
    ),
    ReasonCode.PAPER_UNFIT: (
        "The file cannot be attached as it is. Its record is not affected.",
        "Replace the file in RentAxis, then run again.",
    ),
    ReasonCode.PAPER_UNREADABLE: (
        "The file could not be read, so it is not attached yet. Its record is not affected.",
        "See that the file can be opened from RentAxis, then run again.",
    ),
}


def _table(status: RefusalStatus, texts: dict[ReasonCode, tuple[str, str]]) -> dict[ReasonCode, Reason]:
    return {code: Reason(code, status, *both) for code, both in texts.items()}


REASONS: dict[ReasonCode, Reason] = _table("skipped", _SKIPPED) | _table("failed", _FAILED)
