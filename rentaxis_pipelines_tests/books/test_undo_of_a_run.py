"""A run is undone: what it made is void, gone or inactive, what it changed says again what it said; what cannot be undone is refused by name."""

from typing import Any

import pytest

from rentaxis_pipelines.model.sync_request import UndoneRun
from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.support.chain import Chain


@pytest.fixture(autouse=True)
def anew(rentaxis, chain, accountant) -> None:
    empty(rentaxis)
    start_anew(chain, accountant)


def undo(chain: Chain, run_id: str, *only: str, **asked: Any) -> dict[tuple[str, str], Any]:
    with chain.engine(undo=UndoneRun(run_id=run_id, only=only), **asked) as engine:
        engine.sync()
    return {(row.source_type, row.source_id): row for row in chain.results_of(engine.run.run_id)}


def last_run(chain: Chain) -> str:
    """The run that pushed last."""
    return next(iter(chain.sync().values())).run_id


def test_what_a_run_made_is_void_gone_or_inactive(rentaxis, chain, accountant, sync) -> None:
    tenant = rentaxis.tenant("Ada O'Neil")
    vendor = rentaxis.vendor("Ace Plumbing", email="ace@example.com")
    invoice = rentaxis.invoice(tenant, "100.00")
    payment = rentaxis.payment(tenant, "60.00", (invoice, "60.00"))
    paid = rentaxis.expense("30.00", vendor_id=vendor)
    owed = rentaxis.expense("40.00", vendor_id=vendor, status="unpaid")
    run_id = next(iter(sync().values())).run_id
    results = undo(chain, run_id)
    assert {key: (row.status, row.action, row.reason) for key, row in results.items()} == {
        ("payment", str(payment)): ("updated", "void", None),
        ("invoice", str(invoice)): ("updated", "void", None),
        ("expense", str(paid)): ("updated", "delete", None),
        ("expense", str(owed)): ("updated", "delete", None),
        ("tenant", str(tenant[1])): ("updated", "update", None),
        ("vendor", str(vendor)): ("updated", "update", None),
    }
