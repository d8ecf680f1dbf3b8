"""What QuickBooks' answer means for a row. Pure: a planned row and its answer in, a verdict out.

Written      it stands in QuickBooks as the answer shows
NotWritten   it does not, and will not by itself; says why, for an accountant
NotExecuted  certainly not carried out; may be sent again
Unknown      may or may not have been carried out: look before sending again
NameInUse    the name or number is in use, perhaps by our own record: look
Stale        the object is not as we knew it: read it again, then decide
Stop         nothing more can be sent until a person has looked
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.record_types import PLACE_ENTITIES
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.quickbooks.batch import Answered, Faulted, ItemAnswer
from rentaxis_pipelines.quickbooks.faults import Fault, FaultClass, classify

# How a row is sent again: the very same request, a new one (an answered request only ever repeats its answer), or a new
# one of its own (the batch it was in was refused as a whole).
How = Literal["same", "new", "alone"]

# On a repeated request these say that QuickBooks knows the id, not what became of it (quickbooks-ruby pull request 344).
_SAYS_NOTHING_ON_REPLAY = ("6000", "600")


@dataclass(frozen=True, slots=True)
class NotWritten:
    refusal: Refusal = field(repr=False)
    fault_code: str | None = None
    inactive: dict[str, Any] | None = field(default=None, repr=False)  # the name it changes, as it stands
    gone: bool = False  # the object it changes is no longer in QuickBooks


@dataclass(frozen=True, slots=True)
class Written:
    object: dict[str, Any] = field(repr=False)
    differs: Refusal | None = None  # it stands, but QuickBooks made something else of it than was asked


@dataclass(frozen=True, slots=True)
class NotExecuted:
    fault_code: str | None = None
    how: How = "same"
    otherwise: NotWritten | None = None  # if it is answered so as often as it is sent


@dataclass(frozen=True, slots=True)
class Unknown:
    fault_code: str | None = None
    answered: bool = True  # False: no answer came at all


@dataclass(frozen=True, slots=True)
class NameInUse:
    otherwise: NotWritten  # if it is not our own record


@dataclass(frozen=True, slots=True)
class Stale:
    otherwise: NotWritten | None = None  # if it stands after all: a 610 may mean a thing it refers to


@dataclass(frozen=True, slots=True)
class Stop:
    refusal: Refusal  # of every row that is not sent for it
    fault_code: str | None = None


Verdict = Written | NotWritten | NotExecuted | Unknown | NameInUse | Stale | Stop


def verdict_of(row: PlannedRow, answer: ItemAnswer, *, replayed: bool) -> Verdict:
    """What the answer of one batch item means. ``replayed``: the same request was sent before, its outcome unknown."""
    if isinstance(answer, Answered):
        if row.action == "delete":
            done = answer.entity == row.quickbooks_type and answer.object.get("status") == "Deleted"
            return deleted(row) if done else Unknown()
        whole = answer.entity == row.quickbooks_type and answer.object.keys() >= {"Id", "SyncToken"}
        return Written(answer.object) if whole else Unknown()
    if isinstance(answer, Faulted):
        return verdict_of_fault(row, answer.fault, replayed=replayed)
    return Unknown()


def verdict_of_fault(row: PlannedRow, fault: Fault, *, replayed: bool) -> Verdict:
    """What a fault on one row means."""
    if replayed and fault.code in _SAYS_NOTHING_ON_REPLAY:
        return Unknown(fault.code)
    match classify(fault):
        case FaultClass.THROTTLE | FaultClass.REFRESH_TOKEN:
            return NotExecuted(fault.code, "new")
        case FaultClass.RETRY:
            return Unknown(fault.code)
        case FaultClass.LIST_IN_USE:
            # A new request: the same id may bring the same refusal back as long as QuickBooks remembers it.
            return NotExecuted(fault.code, "new", _refused(ReasonCode.NOT_REACHED, fault, _LIST_IN_USE))
        case FaultClass.STALE:
            return Stale()
        case FaultClass.STOP if fault.code == SUBSCRIPTION_ENDED:
            return stop(*_SUBSCRIPTION, fault.code)
        case FaultClass.STOP:
            return stop(
                f"QuickBooks does not currently serve this company (code {fault.code}).",
                "Sign in to QuickBooks and see whether the company and its subscription are in order, then run again.",
                fault.code,
            )
        case FaultClass.DUPLICATE_NAME:
            of_places = row.quickbooks_type in PLACE_ENTITIES
            return NameInUse(_refused(ReasonCode.DUPLICATE_NAME, fault, _PLACE_NAME if of_places else None))
        case FaultClass.DUPLICATE_NUMBER:
            return NameInUse(_refused(ReasonCode.DUPLICATE_NUMBER, fault))
        case FaultClass.GONE if row.action != "create":
            return Stale(_refused(ReasonCode.INACTIVE_REFERENCE, fault))
        case FaultClass.GONE | FaultClass.INVALID_REFERENCE:
            return _refused(ReasonCode.INACTIVE_REFERENCE, fault)
        case FaultClass.PERIOD_CLOSED:
            return _refused(ReasonCode.CLOSED_PERIOD, fault)
        case FaultClass.DEPOSITED:
            return _refused(ReasonCode.DEPOSITED, fault)
        case FaultClass.MATCHED_TO_BANK:
            return _refused(ReasonCode.MATCHED_TO_BANK, fault)
        case FaultClass.ITEM_INACTIVE:
            return _refused(ReasonCode.INACTIVE_REFERENCE, fault, _ITEM_INACTIVE)
        case FaultClass.REFUSED:
            return _refused(ReasonCode.REJECTED, fault)


def not_written(code: ReasonCode, reason: str | None = None, remedy: str | None = None) -> NotWritten:
    """Not written, in the words of the reason table or in more exact ones."""
    return NotWritten(refusal(code, reason, remedy))


def stop(reason: str, remedy: str, fault_code: str | None = None) -> Stop:
    """Nothing more is sent: no row was reached, for this reason."""
    return Stop(refusal(ReasonCode.NOT_REACHED, reason, remedy), fault_code)


SUBSCRIPTION_ENDED = "6190"
_SUBSCRIPTION = (
    "QuickBooks accepts nothing new for this company: its subscription has ended or has a billing problem (code 6190).",
    "Renew it in QuickBooks (Account and settings, Billing & subscription), then run again: what has been pushed is not pushed "
    "twice.",
)
_LIST_IN_USE = (
    "QuickBooks was busy with another change to the same list and did not accept the record, even after repeated tries.",
    "Make sure nobody is editing names or products in QuickBooks, then run again.",
)
_PLACE_NAME = (
    "QuickBooks already has another class or location with this name.",
    "Run again: it is used if it does not belong to another property. Otherwise rename one of the two in QuickBooks.",
)
_ITEM_INACTIVE = (
    "A product or service on the record is inactive in QuickBooks.",
    "Make it active again in QuickBooks (Sales, Products & services), or map another one in company.yaml, then run again.",
)


def deleted(row: PlannedRow) -> Written:
    """What the row was to delete is no longer in QuickBooks: a deletion that is repeated has been done."""
    return Written({"Id": row.quickbooks_id, "status": "Deleted"})


def gone_refusal(row: PlannedRow) -> NotWritten:
    """The object that the row changes is no longer there. Where the row was to void it, that is what was wanted."""
    if row.undoes is not None:
        said = f"{row.source_label} was deleted in QuickBooks, so it cannot be put back as it was."
        return NotWritten(
            refusal(ReasonCode.GONE_IN_QUICKBOOKS, said, "Enter it in QuickBooks by hand if it is needed."),
            gone=True,
        )
    if row.action != "void":
        return NotWritten(refusal(ReasonCode.GONE_IN_QUICKBOOKS), gone=True)
    said = (
        f"{row.source_label} was voided or deleted in RentAxis and deleted in QuickBooks: both sides agree."
    )
    return NotWritten(refusal(ReasonCode.UNCHANGED, said), gone=True)


def _refused(code: ReasonCode, fault: Fault, exact: tuple[str, str] | None = None) -> NotWritten:
    """``exact``: meaning and remedy, where they are not those of the reason table."""
    meaning, remedy = exact or (REASONS[code].meaning, REASONS[code].remedy)
    said = fault.detail or fault.message
    reason = f"{meaning} QuickBooks says: {said}" if said else meaning
    return NotWritten(Refusal(code, reason, remedy), fault.code)
