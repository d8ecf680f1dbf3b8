"""The whole books: RentAxis' ledger against QuickBooks' own profit and loss and balance sheet, each difference with its cause, to the cent."""

import datetime as dt
import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from rentaxis_pipelines.ledger.sql import insert
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER
from rentaxis_pipelines.reports.statement_words import describe_statements

# "Invoices and payments post by themselves" (RentAxis' knowledge base, Journal entries), on the accrual basis, which is the default of its
# reports (Transaction Report). QuickBooks' side is its Reports API (developer.intuit.com, Run reports; ProfitAndLoss, BalanceSheet).

LINE = "AccountBasedExpenseLineDetail"


def said(books) -> str:
    with books.reports() as connection:
        return describe_statements(connection)


def causes(books) -> dict[str, dict[tuple[dt.date, str], Decimal]]:
    found: defaultdict[str, dict[tuple[dt.date, str], Decimal]] = defaultdict(dict)
    for row in books.sql("select * from statement_causes"):
        found[row["cause"]][row["month"], row["name"]] = row["amount"]
    return found


def test_profit_and_loss_and_balance_sheet_of_the_demo_agree_to_the_cent_but_for_what_is_explained(pushed):
    """Each side is that of the books themselves; each month is in balance; nothing is left without a cause."""
    summary = pushed.reconcile()
    assert (summary.statements_reason, summary.statements_unexplained, summary.proved) == (None, 0, True)
    totals = pushed.sql("select * from statement_totals")
    months = sorted({row["month"] for row in totals})
    assert len(months) >= 6
    for month in months:
        rows = [row for row in totals if row["month"] == month]
        for column in ("rentaxis", "quickbooks", "difference", "explained"):
            assert sum(row[column] for row in rows) == 0
    assert sum(row["difference"] == 0 for row in totals) > len(totals) / 2
    ledger = pushed.rentaxis(
        """select date_trunc('month', entry_date)::date, sum(debit) from rentaxis.journal_entries e
           join rentaxis.journal_entry_lines l on l.journal_entry_id = e.id
           join rentaxis.accounts a on a.id = l.account_id
           where e.organization_id = 1 and a.number = '5100' group by 1"""
    )
    utilities = {row["month"]: row["rentaxis"] for row in totals if row["name"] == "Utilities"}
    assert {month: amount for month, amount in ledger if month in utilities} == utilities
    of_quickbooks = requests.get(
        f"{pushed.emulator.base_url}/v3/company/{pushed.realm}/reports/ProfitAndLoss",
        params={"start_date": "2026-09-01", "end_date": "2026-09-30"},
        headers={"Authorization": f"Bearer {pushed.emulator.access_token}"},
        timeout=30,
    ).json()
    net_income = Decimal(of_quickbooks["Rows"]["Row"][-1]["Summary"]["ColData"][1]["value"])
    september = [
        row for row in totals if row["month"] == dt.date(2026, 9, 1) and row["statement"] == "profit and loss"
    ]
    assert -sum(row["quickbooks"] for row in september) == net_income != 0


def test_what_explains_the_demo_is_what_its_cases_are(pushed):
    """Records that failed or wait, an expense dated when it was paid, and what is never pushed; accounts mapped together or to none are named."""
    pushed.reconcile()
    found = causes(pushed)
    assert set(found) == {"failed", "waiting", "dated_when_paid", "never_pushed"}
    # Accrual accounting books an expense when it is incurred (ASC 720); nobody is owed it, so QuickBooks has a purchase on the day it was paid.
    august, september = dt.date(2026, 8, 1), dt.date(2026, 9, 1)
    assert found["dated_when_paid"] == {
        (august, "Cleaning"): Decimal(58), (august, "Accounts payable"): Decimal(-58),
        (september, "Cleaning"): Decimal(-58), (september, "Accounts payable"): Decimal(58),
    }  # fmt: skip
    reclass = pushed.sql(
        "select records, examples from statement_causes where cause = 'never_pushed' and name = 'Utilities'"
    )
    assert [(row["records"], row["examples"]) for row in reclass] == [(1, "journal entry")]
    text = said(pushed)
    assert "0.00 without an explanation" in text
    assert (
        "3100 Owner Distributions (RentAxis, not mapped): the company file maps it to no QuickBooks account"
        in text
    )
    assert (
        "Rental Income in QuickBooks is 4000 Rental Income, 4010 Subsidy Rental Income in RentAxis together."
        in text
    )


def purchase(amount: int, **fields) -> dict:
    line = {"Amount": amount, "DetailType": LINE, LINE: {"AccountRef": {"value": "15"}}}
    return {
        "PaymentType": "Cash",
        "AccountRef": {"value": "1"},
        "TxnDate": "2026-09-09",
        "Line": [line],
        **fields,
    }


def entry(amount: int) -> dict:
    kind = "JournalEntryLineDetail"
    sides = (("Debit", "16"), ("Credit", "1"))
    lines = [
        {"Amount": amount, "DetailType": kind, kind: {"PostingType": side, "AccountRef": {"value": account}}}
        for side, account in sides
    ]
    return {"TxnDate": "2026-09-10", "Line": lines}


def sales_receipt(amount: int) -> dict:
    kind = "SalesItemLineDetail"
    line = {"Amount": amount, "DetailType": kind, kind: {"ItemRef": {"value": "9"}}}
    return {"TxnDate": "2026-09-11", "Line": [line], "TxnTaxDetail": {"TotalTax": 2}}


@pytest.fixture(scope="module")
def planted(pushed_once):
    """One difference of every kind, each of an amount and account of its own, and the proof of them all."""
    books = pushed_once.again()
    agreeing = "select quickbooks_id, record from records where explanation = 'agrees' and entity = {} and quickbooks_day >= '2026-09-01' order by 2"
    edited, deleted, changed = books.sql(agreeing.format("'Purchase'"))[:3]
    payment = books.sql(
        """select kept.quickbooks_id, kept.total from transactions as kept inner join records using (record)
           where kept.entity = 'Payment' and records.explanation = 'agrees' and kept.day between '2026-09-01' and '2026-09-30'
             and exists (select from undeposited where undeposited.record = kept.record) order by 1 limit 1"""
    )[0]
    books.by_hand(
        "edit",
        entity="Purchase",
        id=edited["quickbooks_id"],
        fields={"PaymentType": "Cash", "TxnDate": "2026-09-02", "Line": purchase(7001)["Line"]},
    )
    books.by_hand("delete", entity="Purchase", id=deleted["quickbooks_id"])
    books.by_hand("deposit", payments=[payment["quickbooks_id"]])
    for entity, fields in (
        ("Purchase", purchase(7002)),
        ("JournalEntry", entry(7003)),
        ("SalesReceipt", sales_receipt(7004)),
    ):
        books.by_hand("create", entity=entity, fields=fields)
    books.rentaxis(
        "update rentaxis.expenses set amount = 7005, updated_at = now() + interval '2 hours' where id = %s::bigint",
        changed["record"].split("/")[1],
    )
    summary = books.reconcile()
    return books, summary, payment["total"]


@pytest.mark.parametrize(
    ("cause", "account", "amount"),
    [
        pytest.param("not_ours", "Repairs", -7002, id="a purchase entered in QuickBooks"),
        pytest.param("not_ours", "Utilities", -7003, id="a journal entry in QuickBooks"),
        pytest.param("not_ours", "Other Income", 7004, id="a sales receipt in QuickBooks"),
        pytest.param("not_ours", "Sales Tax Payable", 2, id="its sales tax"),
    ],
)
def test_what_a_person_did_in_quickbooks_explains_its_part(planted, cause, account, amount):
    """RentAxis less QuickBooks of that account in September is what was done there, to the cent; nothing is left unexplained."""
    books, summary, _ = planted
    assert (summary.statements_unexplained, summary.proved) == (0, True)
    rows = books.sql(
        """select account, sum(case side when 'rentaxis' then amount else -amount end) as amount, label from statement_lines
           left join statement_names using (account) where cause = :cause and name = :name and month = '2026-09-01' group by account, label""",
        cause=cause,
        name=account,
    )
    assert amount in {row["amount"] for row in rows}
    assert causes(books)[cause][dt.date(2026, 9, 1), account] == sum(row["amount"] for row in rows)


def test_a_record_edited_or_deleted_in_quickbooks_and_one_changed_in_rentaxis_explain_their_part(planted):
    """What is gone from QuickBooks is all of the record; what changed since the push is the difference of the two amounts."""
    books, _, _ = planted
    found = causes(books)
    assert sum(amount for amount in found["deleted_in_quickbooks"].values() if amount > 0) > 0
    assert min(found["edited_in_quickbooks"].values()) == -7001
    assert max(found["changed_since_push"].values()) > 6_000


def test_a_deposit_in_quickbooks_explains_undeposited_funds_and_the_bank(planted):
    """Intuit, Record and make bank deposits: money waits in Undeposited Funds until a deposit brings it to the bank."""
    books, _, amount = planted
    assert set(causes(books)["deposited"].values()) == {amount, -amount}


def test_an_entry_that_is_not_what_its_document_says_is_left_without_an_explanation_and_named(pushed):
    """The ledger itself is proved, not the documents alone: RentAxis' entry of a rent says 10.00 more than its invoice."""
    [(entry_id, month)] = pushed.rentaxis(
        """select e.id, date_trunc('month', entry_date)::date from rentaxis.journal_entries e join rentaxis.journal_entry_lines l
             on l.journal_entry_id = e.id join rentaxis.accounts a on a.id = l.account_id
           where e.source_type = 'invoice' and a.number = '4000' and e.organization_id = 1 and e.entry_date >= '2026-06-01' order by e.id limit 1"""
    )
    pushed.rentaxis(
        "update rentaxis.journal_entry_lines set debit = debit + 10 where journal_entry_id = %s and debit > 0",
        entry_id,
    )
    pushed.rentaxis(
        "update rentaxis.journal_entry_lines set credit = credit + 10 where journal_entry_id = %s and credit > 0",
        entry_id,
    )

    summary = pushed.reconcile()

    assert (summary.statements_unexplained, summary.unexplained, summary.proved) == (20, 0, False)
    rows = pushed.sql(
        "select month, name, unexplained from statement_totals where unexplained <> 0 order by name"
    )
    assert [(row["month"], row["name"], row["unexplained"]) for row in rows] == [
        (month, "Accounts receivable", Decimal(10)), (month, "Rental Income", Decimal(-10)),
    ]  # fmt: skip
    assert f"{month:%B %Y}, Rental Income" in said(pushed)
    assert "10.00 without an explanation" in said(pushed)


def test_money_without_an_account_is_compared_where_its_method_is_mapped(pushed):
    """RentAxis books a check to its bank account, the company file to Undeposited Funds: where a payment names no account, its method decides."""
    pushed.reconcile()
    rows = pushed.sql(
        "select sum(rentaxis) as rentaxis, sum(quickbooks) as quickbooks from statement_totals where name = 'Undeposited Funds'"
    )
    assert 0 < rows[0]["quickbooks"] < rows[0]["rentaxis"]


def test_a_folder_without_the_model_has_no_proof_of_the_statements_and_says_so(pushed, tmp_path: Path):
    """An existing folder of staging SQL keeps working: QuickBooks' reports are not even asked for."""
    folder = tmp_path / "staging"
    shutil.copytree(STAGING_FOLDER, folder)
    (folder / "ledger_totals.sql").unlink()
    pushed.environment = pushed.environment.model_copy(update={"rentaxis_sql_folder": folder})
    summary = pushed.reconcile()
    assert (summary.statements_reason, summary.proved) == (
        "the folder of staging SQL has no ledger_totals.sql",
        True,
    )
    assert pushed.sql("select * from statement_totals") == []
    assert (
        said(pushed)
        == "Profit and loss and balance sheet are not compared: the folder of staging SQL has no ledger_totals.sql."
    )
    asked = requests.get(f"{pushed.emulator.control_url}/log", timeout=30).json()
    assert asked
    assert not any("/reports/" in call["path"] for call in asked)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "drop table rentaxis.journal_entry_lines cascade",
            "RentAxis has no tables of what ledger_totals.sql reads",
        ),
        ("delete from rentaxis.journal_entry_lines", "holds no entry of an invoice, payment or expense"),
    ],
)
def test_a_rentaxis_without_a_ledger_has_no_proof_of_the_statements_and_says_so(pushed, change, reason):
    pushed.rentaxis(change)
    summary = pushed.reconcile()
    assert reason in summary.statements_reason
    assert summary.proved


def test_an_entry_that_a_run_of_ours_made_takes_back_what_is_never_pushed(pushed):
    """A journal entry of RentAxis' ledger that stands in QuickBooks, linked, is on both sides: it explains nothing any more."""
    [(entry_id, day)] = pushed.rentaxis(
        "select e.id, e.entry_date from rentaxis.journal_entries e join rentaxis.demo_cases c on c.entity_id = e.id::text"
        " where c.label = 'journal_entries' and c.entity_type = 'journal_entry'"
    )
    kind = "JournalEntryLineDetail"
    accounts = {each["Name"]: each["Id"] for each in pushed.objects("Account")}
    sides = (("Debit", "Utilities"), ("Credit", "Other Expenses"))
    lines = [
        {
            "Amount": 215,
            "DetailType": kind,
            kind: {"PostingType": side, "AccountRef": {"value": accounts[name]}},
        }
        for side, name in sides
    ]
    made = pushed.by_hand("create", entity="JournalEntry", fields={"TxnDate": day.isoformat(), "Line": lines})
    identifier = next(iter(made.values()))["Id"] if "Id" not in made else made["Id"]
    with pushed.reports() as connection:
        link = Link(
            realm=pushed.realm, source_type="journal_entry", source_id=str(entry_id), quickbooks_type="JournalEntry",
            quickbooks_id=identifier, sync_token="0", content_hash="", mapped={}, owned=[], origin="created",
            updated_at=dt.datetime.now(dt.UTC),
        )  # fmt: skip
        insert(connection, "links", [link])
        connection.commit()
    summary = pushed.reconcile()
    assert summary.statements_unexplained == 0
    assert pushed.sql("select * from statement_causes where name = 'Utilities'") == []
