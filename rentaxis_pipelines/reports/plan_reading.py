"""Reads a stored plan from the ledger and makes its page. Writes nothing.

Not here: what is on the page (``plan_page``), and whether a plan may be approved (``sync.previews``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, previews, snapshots
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.previews import SHORT, Preview
from rentaxis_pipelines.reports.plan_changes import NAMED_ENTITIES
from rentaxis_pipelines.reports.plan_lists import Lists, lists_from
from rentaxis_pipelines.reports.plan_page import PlanPage, plan_page
from rentaxis_pipelines.sync.previews import plan_meant


class ListedPlan(msgspec.Struct, frozen=True):
    """A line in the list of plans. ``money``: of the rows to be sent."""

    preview: Preview
    days: str
    rows: int
    to_send: int
    money: Decimal

    @property
    def state(self) -> str:
        """What became of it, in a few words."""
        preview = self.preview
        match preview.state:
            case "planned":
                return "not approved"
            case "superseded":
                return (
                    f"superseded by {preview.superseded_by[:SHORT]}"
                    if preview.superseded_by
                    else "superseded"
                )
            case _:
                word = {
                    "approved": "approved",
                    "pushing": "being pushed, approved",
                    "done": "pushed, approved",
                }[preview.state]
                return f"{word} by {preview.approved_by}"

    def as_dict(self) -> dict[str, Any]:
        """For programs: money as text, instants with their offset."""
        return {
            "plan": self.preview.preview_id,
            "days": self.days,
            "requested_by": self.preview.requested_by,
            "created_at": self.preview.created_at.isoformat(),
            "state": self.preview.state,
            "approved_by": self.preview.approved_by,
            "superseded_by": self.preview.superseded_by,
            "rows": self.rows,
            "to_send": self.to_send,
            "amount": f"{self.money:.2f}",
        }


def page_of(connection: sa.Connection, realm: str, beginning: str) -> PlanPage:
    """The page of the one plan whose id begins so. Raises CannotLaunch where there is none, or several."""
    preview = plan_meant(connection, realm, beginning)
    rows = previews.rows_of(connection, realm, preview.preview_id)
    plans = previews.plans_of(connection, realm, preview.preview_id)
    return plan_page(preview, plans, rows, lists_of(connection, realm, transactions_of(rows)))


def transactions_of(rows: Iterable[PlannedRow]) -> Iterable[Mapping[str, Any]]:
    """What stands and what would be sent, of each."""
    for row in rows:
        yield from (row.payload or {}, row.standing or {})


def lists_of(connection: sa.Connection, realm: str, transactions: Iterable[Mapping[str, Any]]) -> Lists:
    """QuickBooks' lists as last read, and the numbers of the invoices and bills that these transactions apply to."""
    names = snapshots.names_of(connection, realm) | _numbers(connection, realm, transactions)
    return lists_from(
        snapshots.objects_of(connection, realm, "Account"),
        snapshots.objects_of(connection, realm, "Item"),
        names,
    )


def names_in(connection: sa.Connection, realm: str, transactions: Sequence[Mapping[str, Any]]) -> Lists:
    """Only the names that these transactions mention, for a page of rows field by field: no item's account is in it."""
    ids = {quickbooks_id for transaction in transactions for quickbooks_id in _values(transaction)}
    names = snapshots.names_of_ids(connection, realm, NAMED_ENTITIES, ids)
    accounts = snapshots.objects_of(connection, realm, "Account")
    return lists_from(accounts, [], names | _numbers(connection, realm, transactions))


def _values(part: Any) -> Iterator[str]:
    """Every id that a reference in it names."""
    if isinstance(part, Mapping):
        for name, inner in cast("Mapping[str, Any]", part).items():
            if name == "value" and isinstance(inner, str):
                yield inner
            else:
                yield from _values(inner)
    elif isinstance(part, list):
        for inner in cast("list[Any]", part):
            yield from _values(inner)


def _numbers(
    connection: sa.Connection, realm: str, transactions: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str], str]:
    """The numbers of the invoices and bills that these are applied to."""
    return {
        (entity, quickbooks_id): number
        for entity, ids in _applied_to(transactions).items()
        for quickbooks_id, number in links.numbers_of(connection, realm, entity, ids).items()
    }


def _applied_to(transactions: Iterable[Mapping[str, Any]]) -> Mapping[str, set[str]]:
    ids: dict[str, set[str]] = {}
    for transaction in transactions:
        for linked in _linked(transaction):
            ids.setdefault(str(linked.get("TxnType")), set()).add(str(linked.get("TxnId")))
    return ids


def _linked(transaction: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for line in transaction.get("Line") or []:
        yield from line.get("LinkedTxn") or []


def all_plans(connection: sa.Connection, realm: str) -> list[ListedPlan]:
    """Every stored plan of the company, newest first."""
    if not previews.are_kept(connection):
        return []
    counts = previews.counts_of(connection, realm)
    return [
        _listed(preview, counts.get(preview.preview_id)) for preview in previews.meant(connection, realm, "")
    ]


def _listed(preview: Preview, counts: previews.Counts | None) -> ListedPlan:
    if counts is None:
        return ListedPlan(preview, "", 0, 0, Decimal("0.00"))
    days = (
        f"{counts.first_day}"
        if counts.first_day == counts.last_day
        else f"{counts.first_day} to {counts.last_day}"
    )
    return ListedPlan(preview, days, counts.rows, counts.to_send, counts.money)
