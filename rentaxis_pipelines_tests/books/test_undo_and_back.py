"""What an undo made inactive comes back when it is needed, what it holds waits for a person, and an undo can be looked at and approved."""

import pytest

from rentaxis_pipelines.model.sync_request import ApprovedPlan
from rentaxis_pipelines.sync.decisions import DecisionRefused
from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.books.undoing import books_of, differing, include, run_of, said, standing, undo


@pytest.fixture(autouse=True)
def anew(rentaxis, chain, accountant) -> None:
    empty(rentaxis)
    start_anew(chain, accountant)


def _names(accountant, entity: str) -> set[tuple[str, bool]]:
    field = "DisplayName" if entity in ("Customer", "Vendor") else "FullyQualifiedName"
    return {(one[field], one["Active"]) for one in accountant.all(entity)}


def test_classes_and_locations_go_with_what_needed_them_and_come_back(
    rentaxis, chain, accountant, sync, mappings
) -> None:
    """Children before parents, and active again under their own names without a second one of either."""
    mappings(class_by="unit", location_by="property", make_missing=True)
    accountant.control(
        "hand",
        {"deed": "prefer", "group": "AccountingInfoPrefs", "name": "ClassTrackingPerTxnLine", "value": True},
    )
    accountant.control(
        "hand", {"deed": "prefer", "group": "AccountingInfoPrefs", "name": "TrackDepartments", "value": True}
    )
    classes, locations = _names(accountant, "Class"), _names(accountant, "Department")
    rentaxis.invoice(rentaxis.tenant("Ada O'Neil"), "100.00")
    pushed = sync()
    assert _names(accountant, "Class") - classes == {("12 Elm Street", True), ("12 Elm Street:1", True)}
    assert _names(accountant, "Department") - locations == {("12 Elm Street", True)}
    results = undo(chain, run_of(pushed))
    assert {row.status for row in results.values()} == {"updated"}, said(results)
    assert {active for _, active in _names(accountant, "Class") - classes} == {False}
    assert {active for _, active in _names(accountant, "Department") - locations} == {False}
    include(chain, run_of(pushed))
    assert {row.status for row in sync().values()} == {"updated"}
    assert _names(accountant, "Class") - classes == {("12 Elm Street", True), ("12 Elm Street:1", True)}
    assert _names(accountant, "Department") - locations == {("12 Elm Street", True)}


@pytest.mark.parametrize("restores", [True, False])
def test_a_held_customer_keeps_what_is_new_waiting_until_it_is_included(
    rentaxis, chain, accountant, sync, restores
) -> None:
    """Whether QuickBooks takes " (deleted)" off the name again by itself or not, the customer is the same one."""
    accountant.control("switches", {"reactivation_restores_name": restores})
    tenant, vendor = rentaxis.tenant("Ada O'Neil"), rentaxis.vendor("Ace Plumbing", email="ace@example.com")
    rentaxis.invoice(tenant, "100.00")
    rentaxis.expense("30.00", vendor_id=vendor)
    pushed = sync()
    undo(chain, run_of(pushed))
    invoice, expense = rentaxis.invoice(tenant, "7.00"), rentaxis.expense("8.00", vendor_id=vendor)
    waiting = sync()
    for key in (("invoice", str(invoice)), ("expense", str(expense))):
        assert waiting[key].reason_code == "waiting_for_parent"
        assert f"Run {run_of(pushed)[:8]} was undone" in (waiting[key].reason or "")
        assert "rentaxis-sync include" in (waiting[key].how_to_fix or "")
    chain.decide("include", tenant[0], str(tenant[1]))
    chain.decide("include", "vendor", str(vendor))
    assert {key: row.status for key, row in sync().items() if key[1] in (str(invoice), str(expense))} == {
        ("invoice", str(invoice)): "created",
        ("expense", str(expense)): "created",
    }
    assert [
        name for name, active in _names(accountant, "Customer") if name.startswith("Ada O'Neil") and active
    ] == ["Ada O'Neil"]
    assert len([name for name, _ in _names(accountant, "Customer") if name.startswith("Ada O'Neil")]) == 1
    assert len([name for name, _ in _names(accountant, "Vendor") if name.startswith("Ace Plumbing")]) == 1


def test_an_undo_is_looked_at_and_approved(rentaxis, chain, accountant, sync) -> None:
    before = books_of(accountant)
    tenant = rentaxis.tenant("Ada O'Neil")
    invoice = rentaxis.invoice(tenant, "100.00")
    rentaxis.payment(tenant, "60.00", (invoice, "60.00"))
    pushed = sync()
    looked = undo(chain, run_of(pushed), preview=True)
    with chain.engine(approved=ApprovedPlan(preview_id=run_of(looked))) as engine:
        engine.sync()
    results = {(row.source_type, row.source_id): row for row in chain.results_of(engine.run.run_id)}
    assert results.keys() == looked.keys()
    assert {row.status for row in results.values()} == {"updated"}, said(results)
    assert differing(standing(before), standing(books_of(accountant))) == []


def test_nothing_is_included_where_nothing_is_held(rentaxis, chain, sync) -> None:
    rentaxis.invoice(rentaxis.tenant("Ada O'Neil"), "100.00")
    pushed = sync()
    with pytest.raises(DecisionRefused, match="No record is held because run"):
        include(chain, run_of(pushed))
    undo(chain, run_of(pushed))
    assert include(chain, run_of(pushed)) == 2
    with pytest.raises(DecisionRefused, match="No record is held because run"):
        include(chain, run_of(pushed))
