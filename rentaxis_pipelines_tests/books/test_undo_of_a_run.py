"""A run is undone: what it made is void, gone or inactive, what it changed says again what it said, and its records wait for a person."""

import pytest

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.books.undoing import books_of, differing, include, run_of, said, standing, undo


@pytest.fixture(autouse=True)
def anew(rentaxis, chain, accountant) -> None:
    empty(rentaxis)
    start_anew(chain, accountant)


@pytest.fixture
def month(rentaxis):
    """A tenant who paid an invoice in part, a paid and an unpaid expense of one vendor: their ids."""
    tenant = rentaxis.tenant("Ada O'Neil")
    vendor = rentaxis.vendor("Ace Plumbing", email="ace@example.com")
    invoice = rentaxis.invoice(tenant, "100.00")
    return {
        "tenant": tenant,
        "vendor": vendor,
        "invoice": invoice,
        "payment": rentaxis.payment(tenant, "60.00", (invoice, "60.00")),
        "paid": rentaxis.expense("30.00", vendor_id=vendor),
        "owed": rentaxis.expense("40.00", vendor_id=vendor, status="unpaid"),
    }


def test_what_a_run_made_is_void_gone_or_inactive_and_comes_back_with_a_person(
    month, chain, accountant, sync
) -> None:
    before = books_of(accountant)
    pushed = sync()
    after = books_of(accountant)
    results = undo(chain, run_of(pushed))
    assert {key: (row.status, row.action, row.reason) for key, row in results.items()} == {
        ("payment", str(month["payment"])): ("updated", "void", None),
        ("invoice", str(month["invoice"])): ("updated", "void", None),
        ("expense", str(month["paid"])): ("updated", "delete", None),
        ("expense", str(month["owed"])): ("updated", "delete", None),
        ("tenant", str(month["tenant"][1])): ("updated", "update", None),
        ("vendor", str(month["vendor"])): ("updated", "update", None),
    }
    assert differing(standing(before), standing(books_of(accountant))) == []
    # Held until a person says so.
    assert {row.reason_code for row in sync().values()} == {"undone"}
    assert differing(standing(before), standing(books_of(accountant))) == []
    assert include(chain, run_of(pushed)[:8] if len(run_of(pushed)) > 8 else run_of(pushed)) == 6
    assert {row.status for row in sync().values()} == {"created", "updated"}
    numbered = lambda books: sorted(  # noqa: E731 - used twice here
        (
            key[0],
            one.get("DocNumber") or one.get("PaymentRefNum") or one.get("DisplayName"),
            one.get("TotalAmt"),
            one.get("Balance"),
        )
        for key, one in standing(books).items()
    )
    assert numbered(books_of(accountant)) == numbered(after)
    assert {row.reason_code for row in sync().values()} == {"unchanged"}


def test_what_a_run_changed_says_again_what_it_said(month, rentaxis, chain, accountant, sync) -> None:
    """Lines, customer, applications, a purchase that became a bill and back, cleared fields, a customer's details, voids."""
    other = rentaxis.tenant("Ben Ruiz")
    gone = rentaxis.invoice(month["tenant"], "25.00")
    sync()
    before = books_of(accountant)
    rentaxis.bill_again(month["invoice"], "70.00", "50.00")
    rentaxis.change("payments", month["payment"], amount="90.00")
    rentaxis.apply(month["payment"], (month["invoice"], "90.00"))
    rentaxis.change("expenses", month["paid"], status="unpaid", paid_at=None, payment_method=None)
    rentaxis.change(
        "expenses", month["owed"], status="paid", payment_method="check", paid_at="2026-05-01", amount="45.00"
    )
    rentaxis.ask("UPDATE tenants SET phone = '(555) 010-0199', updated_at = now()")
    rentaxis.void("invoices", gone)
    rentaxis.change("invoices", month["invoice"], due_date="2026-07-01")
    new = rentaxis.invoice(other, "8.00")
    changed = sync()
    assert {row.status for row in changed.values()} <= {"created", "updated", "skipped"}
    after = books_of(accountant)
    assert standing(after) != standing(before)
    results = undo(chain, run_of(changed))
    assert {row.status for row in results.values()} == {"updated"}, said(results)
    assert differing(standing(before), standing(books_of(accountant))) == []
    assert results["invoice", str(new)].action == "void"

    # Undoing the undo puts the run's books back, and nobody is held any more.
    again = undo(chain, run_of(results))
    assert {row.status for row in again.values()} <= {"updated", "created"}, [
        (k, r.reason, r.fault_code) for k, r in again.items() if r.status == "failed"
    ]
    assert _without_ids(standing(books_of(accountant))) == _without_ids(standing(after))
    assert {(row.status, row.reason_code) for row in sync().values()} == {("skipped", "unchanged")}

    # And the run can be undone once more: then all of it is held again.
    assert {row.status for row in undo(chain, run_of(changed)).values()} == {"updated"}
    assert differing(standing(before), standing(books_of(accountant))) == []
    assert {row.reason_code for row in sync("invoices").values()} == {"undone"}
    assert include(chain, run_of(again)) == include_count(results)


def include_count(results) -> int:
    """How many records people decide about: an expense with its payment and its earlier form is one."""
    return len({("expense" if key[0].startswith("expense") else key[0], key[1]) for key in results})


def _without_ids(books):
    """What stands, under its number: what was deleted and made anew has another id."""
    ids = {
        key: f"{key[0]} {one.get('DocNumber') or one.get('PaymentRefNum') or one.get('DisplayName')}"
        for key, one in books.items()
    }

    def named(value):
        if isinstance(value, dict):
            if "TxnId" in value:
                kind = value["TxnType"].removesuffix("Check")
                return {**value, "TxnId": ids.get((kind, value["TxnId"]))}
            return {name: named(inner) for name, inner in value.items()}
        return [named(each) for each in value] if isinstance(value, list) else value

    return {ids[key]: named(one) for key, one in books.items()}


def test_some_rows_only_and_the_rest_stays(month, chain, accountant, sync) -> None:
    pushed = sync()
    after = books_of(accountant)
    refused = undo(chain, run_of(pushed), "invoices")["invoice", str(month["invoice"])]
    assert (refused.status, refused.reason_code) == ("failed", "held_by_payment")
    assert f"payment PAY-{month['payment']} (60.00)" in (refused.reason or "")
    assert books_of(accountant) == after
    results = undo(chain, run_of(pushed), "payments", f"expense:{month['paid']}")
    assert set(results) == {("payment", str(month["payment"])), ("expense", str(month["paid"]))}
    left = undo(chain, run_of(pushed))
    assert said(left)["payment", str(month["payment"])] == ("skipped", "unchanged")
    assert {row.status for row in left.values()} == {"updated", "skipped"}
    with pytest.raises(CannotLaunch, match="is none of the rows"):
        undo(chain, run_of(pushed), "INV-9999")


def test_a_preview_of_an_undo_sends_nothing(month, chain, accountant, sync) -> None:
    pushed = sync()
    after = (
        accountant.all("Invoice"),
        accountant.all("Payment"),
        accountant.all("Purchase"),
        accountant.all("Customer"),
    )
    results = undo(chain, run_of(pushed), preview=True)
    assert {row.reason_code for row in results.values()} == {"preview"}
    assert (
        accountant.all("Invoice"),
        accountant.all("Payment"),
        accountant.all("Purchase"),
        accountant.all("Customer"),
    ) == after
    assert {row.reason_code for row in sync().values()} == {"unchanged"}
    assert {row.status for row in undo(chain, run_of(pushed)).values()} == {"updated"}


def test_what_cannot_be_undone_at_all_is_a_sentence(month, chain, accountant, sync) -> None:
    """Unknown, a preview, nothing written, undone twice: who, when, by which run."""
    with pytest.raises(CannotLaunch, match="no run whose id begins with 'nothing'"):
        undo(chain, "nothing")
    looked = sync(preview=True)
    with pytest.raises(CannotLaunch, match="was a preview: it wrote nothing"):
        undo(chain, run_of(looked))
    pushed, idle = sync(), sync()
    with pytest.raises(CannotLaunch, match="wrote nothing to QuickBooks"):
        undo(chain, run_of(idle))
    undone = run_of(undo(chain, run_of(pushed), requested_by="Dana Reyes"))
    books = books_of(accountant)
    with pytest.raises(CannotLaunch, match=rf"has already been undone by Dana Reyes on .* \(run {undone}\)"):
        undo(chain, run_of(pushed))
    assert books_of(accountant) == books
