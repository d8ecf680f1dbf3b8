"""What mapping answers: a payload to send, or the reason why there is none; and what it needs to know to
answer.

Not here: any rule about a record type (``invoices``, ``payments``, ``expenses``, ``parties``).
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

import msgspec

from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.payload import Entity, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.model.sync_request import NOTHING_ASKED, SyncRequest
from rentaxis_pipelines.settings import Company

Action = Literal["create", "update", "void", "delete"]
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Context(msgspec.Struct, frozen=True):
    """What every decision is based on: the company's settings, QuickBooks' lists, and what was asked for.

    ``places``: the class or location of each property and unit that has one by itself, by its source type and id: a QuickBooks id,
    a pending one, or why there is none (``mapping.places``). None before they are planned.
    """

    company: Company
    references: References
    request: SyncRequest = NOTHING_ASKED
    places: Mapping[tuple[str, str], str | Refusal] | None = None


class Reopened(msgspec.Struct, frozen=True):
    """What of an allocation is applied to the return of an earlier payment, which stands for its invoice (``payment_returns``).

    ``target_id``: the return's QuickBooks id, or a pending one.
    """

    target_id: str
    amount: Decimal


class CameBack(msgspec.Struct, frozen=True):
    """That the payment stays, and its return is booked. ``target_id``: the return's QuickBooks id, or a pending one; ``refusal``: why there
    is none.
    """

    target_id: str | None = None
    refusal: Refusal | None = None


class Facts(msgspec.Struct, frozen=True):
    """What a decision needs besides the record, what stands in QuickBooks for it and the settings.

    ``parent_id``: the QuickBooks id of its customer or vendor, a pending one, or None while there is none. ``invoice_ids``: RentAxis
    invoice id -> QuickBooks Invoice id, of what a payment is allocated to; ``waits``: why others of its invoices cannot be paid yet.
    ``reopened``: what of its allocations, by RentAxis invoice id, goes to returns instead; ``came_back``: what of the payment's own
    return; ``paid_back``: what of its credit pays refunds, where those are pushed (``refunds_pushed``), ``refunds_to_come``: what is to pay such as
    are not in QuickBooks yet, by RentAxis refund id; ``sold``: by invoice, product and
    amount of its lines. ``number_is_taken``: another record of this company has the same number. ``pushed_before``: an expense stood as the other kind.
    ``credits_are_pushed``: what is below zero becomes a credit memo; ``settlements_are_pushed``: so does what is kept of a deposit. ``credit_id``: the CreditMemo an application uses, or
    ``credit_waits``: a clause after "which", why there is none.
    ``received``: the payments of a bank deposit by id; why others are not there is in ``waits``.
    ``paper``: what a file's decision needs.
    """

    parent_id: str | None = None
    invoice_ids: Mapping[str, str] = {}
    number_is_taken: bool = False
    waits: Mapping[str, Refusal] = {}
    pushed_before: bool = False
    credits_are_pushed: bool = False
    settlements_are_pushed: bool = False
    credit_id: str | None = None
    credit_waits: Refusal | None = None
    reopened: Mapping[str, Sequence[Reopened]] = {}
    came_back: CameBack | None = None
    paid_back: Sequence[Reopened] = ()
    refunds_to_come: Mapping[str, Decimal] = {}
    refunds_pushed: bool = False
    sold: Mapping[str, Sequence[tuple[str, Decimal]]] = {}
    paper: "PaperFacts | None" = None
    received: "Mapping[str, Received]" = {}


class Received(msgspec.Struct, frozen=True):
    """A payment as it stands in QuickBooks. ``account_id``: where its money waits; None: in Undeposited Funds."""

    quickbooks_id: str
    account_id: str | None
    customer_id: str
    amount: Decimal


class PaperFacts(msgspec.Struct, frozen=True):
    """What is known of a file beside RentAxis' row. ``attach_to``: what its record is in QuickBooks, with its id or a pending one; ``not_there``:
    why it is nothing there. ``sha256``: of its bytes; ``unread``: why they are not known. ``same_as``: the file whose same bytes are attached
    to the same record.
    """

    attach_to: tuple[Entity, str] | None = None
    not_there: Refusal | None = None
    sha256: str | None = None
    unread: Refusal | None = None
    same_as: str | None = None


NO_FACTS = Facts()


class Existing(msgspec.Struct, frozen=True):
    """What we know of the QuickBooks object a record is linked to, as of the last push or snapshot.

    ``content_hash`` is ``None`` for an object this program has never written (matched, confirmed, adopted).
    ``txn_date`` is the date it carries in QuickBooks (it may have been redated); ``pushed`` is the payload as it was last written.
    ``current``: what it says there, of an object whose last content the ledger does not know (``found_again``); ``touched``:
    somebody changed it since it was made.
    """

    entity: Entity
    quickbooks_id: str
    content_hash: str | None = None
    origin: str = "created"
    txn_date: dt.date | None = None
    customer_id: str | None = None
    pushed: Mapping[str, object] = {}
    current: Mapping[str, Any] | None = None
    touched: bool = False


class Known(msgspec.Struct, frozen=True):
    """What an object was found to say, all of it, and the content hash of the record it is.

    ``edited``: but for a number that a person gave it. ``redated_from`` as in ``Mapped``.
    """

    payload: Payload
    content_hash: str
    edited: bool = False
    redated_from: dt.date | None = None


class Mapped(msgspec.Struct, frozen=True):
    """A write to be sent. ``payload`` is all we own of the object, without Id and SyncToken.

    ``key`` is its number or name, by which QuickBooks can be asked for it (``KEY_FIELD``); ``total`` the TotalAmt
    QuickBooks must answer with (None for customers and vendors). ``content_hash`` is that of the record as
    it is in RentAxis: redating into an open period does not change it. ``remark`` is said on the row once it is written.
    ``kept``: fields of the payload that stay as they stand in QuickBooks; they are not sent. ``redated_from``: the record's own
    date, where the payload has a later one because the books are closed for it.
    """

    action: Action
    entity: Entity
    payload: Payload
    content_hash: str
    key: str
    total: Decimal | None = None
    remark: Refusal | None = None
    kept: tuple[str, ...] = ()
    redated_from: dt.date | None = None


class AlreadyWritten(Refusal, frozen=True, kw_only=True):
    """The refusal to write what an object, taken back by its marker, says already. ``known``: what is now known of it."""

    known: Known


class RecordRefused(Exception):
    """Raised inside mapping to end the work on one record; never leaves a ``plan_...`` function."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def refused(
    code: ReasonCode, reason: str, remedy: str | None = None, subject: str | None = None
) -> RecordRefused:
    """To be raised: the reason for this record, and the table's remedy unless a better one is given."""
    return RecordRefused(refusal(code, reason, remedy, subject))


def answers(plan: Callable[Parameters, Answer]) -> Callable[Parameters, Answer | Refusal]:
    """Turns a refusal raised anywhere below a ``plan_...`` function into its answer."""

    @wraps(plan)
    def planned(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer | Refusal:
        try:
            return plan(*args, **kwargs)
        except RecordRefused as error:
            return error.refusal

    return planned
