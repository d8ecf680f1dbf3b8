"""A run that pushed nothing of what was chosen says so, and a run that had nothing to do does not."""

import datetime as dt
from decimal import Decimal

import pytest

from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.sync.outcomes import nothing_pushed
from rentaxis_pipelines_tests.support.read_results import sums_of


def row(status: str, code: str | None, record_type: str = "invoices", action: str = "none") -> RowResult:
    return RowResult(
        realm="1", plan_id="p", run_id="r", day=dt.date(2026, 5, 1), record_type=record_type, source_type="invoice", source_id="1",
        source_label="Invoice 1", amount=Decimal("10.00"), currency="USD", action=action, status=status, reason_code=code, reason=code,
        how_to_fix=None, forced=False, requested_by="accountant", finished_at=dt.datetime(2026, 5, 2, tzinfo=dt.UTC),
    )  # fmt: skip


OFF = row("skipped", "type_not_enabled")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], ["Nothing was pushed: RentAxis has no matching records."]),
        ([OFF, OFF], ["No invoices were pushed. 2: This record type is switched off in RentAxis, Integrations, QuickBooks."]),
        ([OFF, row("created", None)], []),
        ([OFF, row("skipped", "unchanged")], []),
        ([OFF, row("failed", "missing_mapping")], []),  # it is listed as failed
        ([row("skipped", "preview", action="create"), OFF], []),
        ([row("created", None, "payments"), OFF], ["No invoices were pushed. 1: This record type is switched off in RentAxis, Integrations, QuickBooks."]),
    ],
)  # fmt: skip
def test_nothing_pushed_is_said_of_each_record_type(rows: list[RowResult], said: list[str]) -> None:
    assert nothing_pushed(sums_of(rows)) == said
