"""What QuickBooks' answer means for a row. Pure: a planned row and its answer in, a verdict out.

Written      it stands in QuickBooks as the answer shows
Refused      it does not, and will not by itself; says why, for an accountant
NotExecuted  certainly not carried out; may be sent again as it is
Unknown      may or may not have been carried out: look before sending again
Taken        the name or number is in use, perhaps by our own record: look
Stale        somebody changed the object since: read it again, then decide
Stop         nothing more can be sent until a person has looked
"""

from dataclasses import dataclass, field
from typing import Any

from rentaxis_pipelines.ledger.reasons import REASONS, ReasonCode
from rentaxis_pipelines.ledger.rows import PlannedRow
from rentaxis_pipelines.quickbooks.batch import Answered, Faulted, ItemAnswer
from rentaxis_pipelines.quickbooks.faults import Fault, FaultClass, classify


@dataclass(frozen=True, slots=True)
class Written:
    object: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    reason_code: ReasonCode
    reason: str = field(repr=False)
    how_to_fix: str
    fault_code: str | None = None


@dataclass(frozen=True, slots=True)
class NotExecuted:
    fault_code: str | None = None
    send_alone: bool = False  # the batch it was in was refused as a whole


@dataclass(frozen=True, slots=True)
class Unknown:
    fault_code: str | None = None
    still_running: bool = False  # no answer came at all: QuickBooks may yet be carrying it out


@dataclass(frozen=True, slots=True)
class Taken:
    fault: Fault
    refusal: Refused


@dataclass(frozen=True, slots=True)
class Stale:
    fault: Fault


@dataclass(frozen=True, slots=True)
class Stop:
    reason: str
    how_to_fix: str
    fault_code: str | None = None


Verdict = Written | Refused | NotExecuted | Unknown | Taken | Stale | Stop


def verdict_of(row: PlannedRow, answer: ItemAnswer) -> Verdict:
    """What the answer of one batch item means."""
    if isinstance(answer, Answered):
        return Written(answer.object)
    if isinstance(answer, Faulted):
        return _verdict_of_fault(row, answer.fault)
    return Unknown()


def _verdict_of_fault(row: PlannedRow, fault: Fault) -> Verdict:
    match classify(fault):
        case FaultClass.THROTTLE | FaultClass.REFRESH_TOKEN:
            return NotExecuted(fault.code)
        case FaultClass.RETRY:
            return Unknown(fault.code)
        case FaultClass.STALE:
            return Stale(fault)
        case FaultClass.STOP:
            return Stop(
                f"QuickBooks does not serve this company at present (code {fault.code}).",
                "Sign in to QuickBooks and see whether the company and its subscription are in order, then run again.",
                fault.code,
            )
        case FaultClass.DUPLICATE_NAME:
            return Taken(fault, _refused(row, ReasonCode.DUPLICATE_NAME, fault))
        case FaultClass.DUPLICATE_NUMBER:
            return Taken(fault, _refused(row, ReasonCode.DUPLICATE_NUMBER, fault))
        case FaultClass.GONE if row.action != "create":
            return _refused(row, ReasonCode.GONE_IN_QUICKBOOKS, fault)
        case FaultClass.GONE | FaultClass.INVALID_REFERENCE:
            return _refused(row, ReasonCode.INACTIVE_REFERENCE, fault)
        case FaultClass.PERIOD_CLOSED:
            return _refused(row, ReasonCode.CLOSED_PERIOD, fault)
        case FaultClass.DEPOSITED:
            return _refused(row, ReasonCode.DEPOSITED, fault)
        case FaultClass.REFUSED:
            return _refused(row, ReasonCode.REJECTED, fault)


def refusal(code: ReasonCode, reason: str | None = None, fault_code: str | None = None) -> Refused:
    """A refusal in the words of the reason table, or in more exact ones."""
    return Refused(code, reason or REASONS[code].meaning, REASONS[code].how_to_fix, fault_code)


def _refused(row: PlannedRow, code: ReasonCode, fault: Fault) -> Refused:
    said = fault.detail or fault.message
    reason = f"{REASONS[code].meaning} QuickBooks says: {said}" if said else REASONS[code].meaning
    return refusal(code, reason, fault.code)
