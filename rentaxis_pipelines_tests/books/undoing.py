"""The whole of QuickBooks' books, to be compared before a run and after it was undone; undoing and including, as a person does it.

What is compared is every field of every object but QuickBooks' own bookkeeping of versions and ids of lines.
"""

import json
from typing import Any

from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.sync_request import UndoneRun
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.sync.decisions import include_run
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain

ENTITIES = (
    "Customer",
    "Vendor",
    "Class",
    "Department",
    "Invoice",
    "CreditMemo",
    "Payment",
    "Purchase",
    "Bill",
    "BillPayment",
    "Deposit",
)
_VERSIONS = ("SyncToken", "MetaData", "sparse", "LineEx", "LineNum", "Id")
Key = tuple[str, str]
Books = dict[Key, dict[str, Any]]


def books_of(accountant: Accountant) -> Books:
    """Every object by type and id."""
    return {(entity, one["Id"]): _plain(one) for entity in ENTITIES for one in accountant.all(entity)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _plain(inner) for name, inner in value.items() if name not in _VERSIONS}
        if isinstance(kept.get("LinkedTxn"), list):
            kept["LinkedTxn"] = sorted(kept["LinkedTxn"], key=_said)
        if isinstance(kept.get("Line"), list):
            kept["Line"] = sorted(kept["Line"], key=_said)
        return {name: inner for name, inner in kept.items() if inner not in ("", None, [])}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _said(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def standing(books: Books) -> Books:
    """Without what is void or inactive."""
    return {key: one for key, one in books.items() if one.get("Active") is not False and not is_void(one)}


def undo(chain: Chain, run_id: str, *only: str, **asked: Any) -> dict[Key, RowResult]:
    """Undo the run; the results by source type and id."""
    with chain.engine(undo=UndoneRun(run_id=run_id, only=only), **asked) as engine:
        engine.sync()
        return {(row.source_type, row.source_id): row for row in chain.results_of(engine.run.run_id)}


def run_of(results: dict[Key, RowResult]) -> str:
    """The run these are the results of."""
    return next(iter(results.values())).run_id


def include(chain: Chain, run_id: str) -> int:
    """Include again what is held because that run was undone."""
    with chain.engine() as engine:
        run = engine.run
        return include_run(run.connection, run.realm, run_id, who="Dana Reyes", why="corrected", at=run.now())


def said(results: dict[Key, RowResult]) -> dict[Key, tuple[str, str | None]]:
    """Status and reason code of each row."""
    return {key: (row.status, row.reason_code) for key, row in results.items()}


def differing(before: Books, after: Books) -> list[str]:
    """What differs, field by field, in words a failed test can show."""
    found: list[str] = []
    for key in sorted({*before, *after}):
        one, other = before.get(key, {}), after.get(key, {})
        found += [
            f"{key} {name}: {one.get(name)} -> {other.get(name)}"
            for name in {*one, *other}
            if one.get(name) != other.get(name)
        ]
    return found
