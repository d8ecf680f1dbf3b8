"""Entries of RentAxis' own ledger that no invoice, payment, expense or bank line posted: owner distributions, management fees, corrections.

Treatment: a journal entry of equal debits and credits, with the property as the class of each line (Intuit, "Create journal entries in
QuickBooks Online"; entity reference, JournalEntry). QuickBooks has no void of one: a void brings its lines to zero.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from rentaxis_pipelines.model.sync_request import UndoneRun
from rentaxis_pipelines.reports.not_pushed import read_groups
from rentaxis_pipelines.reports.reconcile import Summary, context_of, reconcile
from rentaxis_pipelines_tests.support.accountant import entered, money

MAY = dt.date(2026, 5, 1)
DISTRIBUTION = (("3100", "400.00"), ("1000", "-400.00"))


@pytest.fixture(scope="module", autouse=True)
def accounts(company) -> None:
    """An equity account on both sides, and one in RentAxis that nothing maps."""
    company.rentaxis.add(
        "accounts", id=3100, organization_id=1, number="3100", name="Owner Distributions", type="equity"
    )
    company.rentaxis.add(
        "accounts", id=3900, organization_id=1, number="3900", name="Suspense", type="equity"
    )
    company.rentaxis.add(
        "accounts", id=1200, organization_id=1, number="1200", name="Receivables", type="asset"
    )
    made = {"Name": "Distributions to Owners", "AccountType": "Equity", "AccountSubType": "OwnersEquity"}
    company.chain.write("Account", made)


@pytest.fixture(autouse=True)
def asked_for(chain, mappings) -> None:
    """The company pushes journal entries, and has its equity account mapped."""
    mappings(ledger_accounts={"3100": "Distributions to Owners", "1200": "Accounts Receivable (A/R)"})
    chain.company = chain.company.model_copy(update={"also_push": ("journal_entries",)})


@pytest.fixture
def proof(chain, rentaxis) -> Callable[[], tuple[Summary, dict[str, str]]]:
    """The reconciliation, and the explanation of each record."""

    def run() -> tuple[Summary, dict[str, str]]:
        rentaxis.keep_accounts()
        with chain.run() as run:
            found = reconcile(run, chain.environment, context_of(run, chain.company))
            rows = run.connection.exec_driver_sql("select record, explanation from records").all()
        return found, {row.record: row.explanation for row in rows}

    return run


def test_an_owner_distribution(rentaxis, sync, accountant, mappings, proof) -> None:
    """Debit equity, credit the bank, on its day, each line with the class of its property; the proof agrees to the cent."""
    mappings(ledger_accounts={"3100": "Distributions to Owners"}, class_by="property", make_missing=True)
    entry = rentaxis.journal_entry(*DISTRIBUTION, property_id=1, source_type="owner_distribution", memo="May")
    result = sync()["journal_entry", str(entry)]
    found = accountant.of("journal_entry", entry)
    assert (result.status, result.amount, result.quickbooks_type) == (
        "created",
        money("400.00"),
        "JournalEntry",
    )
    assert (found["TxnDate"], entered(found)) == (
        "2026-05-01",
        [("Distributions to Owners", money("400.00")), ("Checking", money("-400.00"))],
    )
    classes = {line["JournalEntryLineDetail"]["ClassRef"]["name"] for line in found["Line"]}
    assert classes == {"12 Elm Street"}
    summary, explained = proof()
    assert explained[f"journal_entry/{entry}"] == "agrees"
    assert summary.failed_tests == []


def test_a_management_fee_of_what_is_billed_and_spent(rentaxis, sync, accountant) -> None:
    """An account that is mapped for expenses is booked there, one that is mapped to a product on the account the product posts to."""
    entry = rentaxis.journal_entry(("5000", "80.00"), ("4000", "-80.00"), source_type="management_fee")
    sync()
    assert entered(accountant.of("journal_entry", entry)) == [
        ("Repairs", money("80.00")),
        (accountant.posts_to("Rent"), money("-80.00")),
    ]


def test_nothing_is_written_twice(rentaxis, sync, accountant) -> None:
    """A second run leaves the entry alone; forced, it is updated in place."""
    entry = rentaxis.journal_entry(*DISTRIBUTION)
    sync()
    first = accountant.of("journal_entry", entry)
    assert sync()["journal_entry", str(entry)].reason_code == "unchanged"
    assert sync(force=True)["journal_entry", str(entry)].status == "updated"
    again = accountant.of("journal_entry", entry)
    assert (again["Id"], entered(again)) == (first["Id"], entered(first))


def test_void_and_deleted(rentaxis, sync, accountant, proof) -> None:
    """Void or deleted in RentAxis, an entry keeps its number in QuickBooks and moves no money; the proof agrees."""
    void, deleted = rentaxis.journal_entry(*DISTRIBUTION), rentaxis.journal_entry(*DISTRIBUTION)
    sync()
    rentaxis.change("journal_entries", void, status="void")
    rentaxis.change("journal_entries", deleted, deleted_at=dt.datetime.now(dt.UTC))
    result = sync()
    for entry in (void, deleted):
        found = accountant.of("journal_entry", entry)
        assert result["journal_entry", str(entry)].status == "updated"
        assert {amount for _, amount in entered(found)} == {Decimal(0)}
        assert found["PrivateNote"].startswith("Voided")
    again = sync()
    assert {again["journal_entry", str(entry)].reason_code for entry in (void, deleted)} == {"unchanged"}
    _, explained = proof()
    assert {explained[f"journal_entry/{entry}"] for entry in (void, deleted)} == {"agrees"}


def test_a_reversed_entry_stands_beside_the_one_that_reverses_it(rentaxis, sync, accountant) -> None:
    """Both are in the books, so the sum is nothing, on the two days RentAxis has them."""
    entry = rentaxis.journal_entry(*DISTRIBUTION, status="reversed")
    back = rentaxis.journal_entry(("1000", "400.00"), ("3100", "-400.00"), day=dt.date(2026, 6, 1))
    sync()
    assert accountant.of("journal_entry", entry)["TxnDate"] == "2026-05-01"
    assert accountant.of("journal_entry", back)["TxnDate"] == "2026-06-01"


@pytest.mark.parametrize("origin", ["invoice", "payable_invoice", "payment", "expense", "deposit_settlement"])
def test_what_a_pushed_record_posted_is_not_pushed_twice(origin, rentaxis, sync, accountant) -> None:
    """Left out by its origin: it is in QuickBooks with its record, or on the list of what is not pushed with it."""
    entry = rentaxis.journal_entry(*DISTRIBUTION, source_type=origin, source_id=1)
    assert ("journal_entry", str(entry)) not in sync()
    assert accountant.all_of("journal_entry", entry) == []


@pytest.mark.parametrize(
    ("lines", "columns", "code"),
    [
        (DISTRIBUTION, {"source_type": "wage"}, "unknown_source_value"),
        ((("3100", "400.00"), ("1000", "-399.99")), {}, "total_mismatch"),
        ((("3900", "5.00"), ("1000", "-5.00")), {}, "missing_mapping"),
        ((("1200", "5.00"), ("1000", "-5.00")), {}, "invalid_value"),
        ((("3100", "0.00"), ("1000", "0.00")), {}, "invalid_value"),
        ((), {}, "invalid_value"),
    ],
)
def test_what_cannot_be_booked_is_refused_by_name(lines, columns, code, rentaxis, sync, accountant) -> None:
    """An unknown origin, an entry out of balance, an account without a mapping, receivables, an entry of nothing: no guess is made."""
    entry = rentaxis.journal_entry(*lines, **columns)
    result = sync()["journal_entry", str(entry)]
    assert (result.status, result.reason_code) == ("failed", code), result.reason
    assert accountant.all_of("journal_entry", entry) == []
    rentaxis.change("journal_entries", entry, status="void")


def test_a_draft_waits(rentaxis, sync, accountant) -> None:
    """It posts nothing in RentAxis, so nothing is booked."""
    entry = rentaxis.journal_entry(*DISTRIBUTION, status="draft")
    assert sync()["journal_entry", str(entry)].reason_code == "draft"
    assert accountant.all_of("journal_entry", entry) == []


def test_an_edit_by_hand_is_drift(rentaxis, sync, accountant, chain, proof) -> None:
    """The accountant changes an amount in QuickBooks: the proof says so, and no run overwrites it unasked."""
    entry = rentaxis.journal_entry(*DISTRIBUTION)
    sync()
    found = accountant.of("journal_entry", entry)
    body: dict[str, Any] = {
        key: found[key] for key in ("Id", "SyncToken", "TxnDate", "DocNumber", "PrivateNote")
    }
    body["Line"] = [{**line, "Amount": 410} for line in found["Line"]]
    chain.write("JournalEntry", {**body, "sparse": True})
    _, explained = proof()
    assert explained[f"journal_entry/{entry}"] == "edited_in_quickbooks"
    rentaxis.change("journal_entries", entry, memo="Corrected")
    assert sync()["journal_entry", str(entry)].status != "created"
    assert len(accountant.all_of("journal_entry", entry)) == 1


def test_an_undo_takes_it_back(rentaxis, sync, accountant, chain) -> None:
    """What the run made stands no more, and the next run leaves it so."""
    entry = rentaxis.journal_entry(*DISTRIBUTION)
    with chain.engine(days=(), record=("journal_entry", str(entry))) as engine:
        engine.sync()
    with chain.engine(undo=UndoneRun(run_id=engine.run.run_id)) as undo:
        undo.sync()
    found = accountant.all_of("journal_entry", entry)
    assert all(amount == 0 for each in found for _, amount in entered(each))
    assert sync()["journal_entry", str(entry)].reason_code == "undone"


def test_a_company_that_did_not_ask_has_them_on_its_list(rentaxis, sync, accountant, chain) -> None:
    """An upgrade writes nothing it did not write before: the entry is no row of a run, and is on the list of what is not pushed."""
    chain.company = chain.company.model_copy(update={"also_push": ()})
    entry = rentaxis.journal_entry(("3100", "77.00"), ("1000", "-77.00"))
    assert not any(source_type == "journal_entry" for source_type, _ in sync())
    assert accountant.all_of("journal_entry", entry) == []
    with chain.run() as run:
        listed = {group.kind: group for group in read_groups(run, chain.environment, chain.company)}
    assert listed["journal_entries"].money >= Decimal("77.00")
    chain.company = chain.company.model_copy(update={"also_push": ("journal_entries",)})
    sync()
    with chain.run() as run:
        listed = {group.kind: group for group in read_groups(run, chain.environment, chain.company)}
    assert "journal_entries" not in listed
