"""What form 1099 needs of a vendor: the flag and the tax id reach QuickBooks whole, and are nowhere else.

Vendor1099 and TaxIdentifier are fields of the vendor in QuickBooks' API reference; "Add your contractors as 1099 vendors" (Intuit's help) is
what an accountant does with them. QuickBooks answers with the number masked.
"""

import datetime as dt
import logging

import pytest

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines_tests.books.test_any_advice import proof
from rentaxis_pipelines_tests.books.undoing import run_of, undo
from rentaxis_pipelines_tests.support.accountant import one

OCTOBER = dt.date(2026, 10, 10)
SSN, OTHER = "123-45-6789", "98-7654321"


def vendor_of(accountant, name: str):
    return one(each for each in accountant.all("Vendor") if each["DisplayName"] == name)


def everywhere(chain) -> str:
    """Every row of every table of the program's database, as text."""
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        tables = connection.exec_driver_sql(
            "select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
        ).scalars()
        texts = [
            text
            for table in list(tables)
            for text in connection.exec_driver_sql(f"select t::text from {table} t").scalars()
        ]
    assert texts
    return "\n".join(texts)


def holds(text: str, number: str) -> bool:
    return number in text or number.replace("-", "") in text


def test_the_number_arrives_whole_and_is_nowhere_else(
    rentaxis, sync, accountant, chain, policies, caplog: pytest.LogCaptureFixture
) -> None:
    """Pushed, previewed, edited, reconciled, answered whole by QuickBooks: no table of the ledger, the plans, requests, results or reports
    holds it, nor does a line of the log at any level.
    """
    policies(vendor_1099="push")
    caplog.set_level(logging.DEBUG)
    accountant.control("switches", {"tax_id_answered": "whole"})  # as samples of the reference show it
    try:
        vendor = rentaxis.vendor("Contractor Whole", tax_id=SSN, is_1099=True)
        expense = rentaxis.expense("700.00", day=OCTOBER, vendor_id=vendor)
        chain.preview("expenses")
        sync(last_day=dt.date(2026, 12, 31))
        stands = vendor_of(accountant, "Contractor Whole")
        assert (stands["Vendor1099"], stands["TaxIdentifier"]) == (True, SSN)
        assert ("vendor", str(vendor)) not in sync(last_day=dt.date(2026, 12, 31))
        rentaxis.change("vendors", vendor, tax_id=OTHER)
        chain.preview("expenses")
        pushed = sync(last_day=dt.date(2026, 12, 31))
        assert pushed["vendor", str(vendor)].status == "updated"
        assert vendor_of(accountant, "Contractor Whole")["TaxIdentifier"] == OTHER
        _, rows = proof(chain)
        assert rows[f"expense/{expense}"]["explanation"] == "agrees"
        text = everywhere(chain)
        assert [number for number in (SSN, OTHER) if holds(text, number) or holds(caplog.text, number)] == []
        assert "sealed:4321:" in text
    finally:
        accountant.control("switches", {"tax_id_answered": "masked"})


def test_quickbooks_shows_it_masked_and_that_is_no_edit(rentaxis, sync, accountant, chain, policies) -> None:
    """Neither a run nor the report of edits takes the mask for a change; another number that a person enters there is one."""
    policies(vendor_1099="push")
    vendor = rentaxis.vendor("Contractor Masked", tax_id=SSN, is_1099=True)
    rentaxis.expense("80.00", day=OCTOBER, vendor_id=vendor)
    sync()
    stands = vendor_of(accountant, "Contractor Masked")
    assert stands["TaxIdentifier"] == "XXXXXXX6789"
    accountant.control(
        "hand",
        {"deed": "edit", "entity": "Vendor", "id": stands["Id"], "fields": {"PrintOnCheckName": "C. Masked"}},
    )
    assert edited_fields(chain, vendor) == []
    assert ("vendor", str(vendor)) not in sync()
    accountant.control(
        "hand",
        {"deed": "edit", "entity": "Vendor", "id": stands["Id"], "fields": {"TaxIdentifier": "111-22-3333"}},
    )
    ((field, ours, theirs),) = edited_fields(chain, vendor)
    assert (field, ours, theirs) == ("TaxIdentifier", "***-**-6789", "***-**-3333")


def edited_fields(chain, vendor: int) -> list[tuple[str, str, str]]:
    proof(chain)
    with chain.run() as run:
        rows = rows_of(run.connection, "drift")
    return [
        (row["field"], row["ours"], row["theirs"])
        for row in rows
        if row["record"] == f"vendor/{vendor}" and row["field"]
    ]


def test_it_is_sent_only_where_the_company_asks_and_only_where_it_is_one(
    rentaxis, sync, accountant, policies
) -> None:
    """By default nothing of it goes out; what is no tax id is left out, and the row says so without quoting it; cleared, it is cleared."""
    vendor = rentaxis.vendor("Contractor Asked", tax_id=SSN, is_1099=True)
    rentaxis.expense("10.00", day=OCTOBER, vendor_id=vendor)
    sync()
    assert "TaxIdentifier" not in vendor_of(accountant, "Contractor Asked")
    policies(vendor_1099="push")
    sync()
    assert vendor_of(accountant, "Contractor Asked")["TaxIdentifier"] == "XXXXXXX6789"
    rentaxis.change("vendors", vendor, tax_id="see the file")
    row = sync()["vendor", str(vendor)]
    assert row.reason_code == "unfit_field"
    assert "The tax id in RentAxis is not valid in QuickBooks, so the one there was left unchanged." in (
        row.reason or ""
    )
    assert "see the file" not in (row.reason or "")
    rentaxis.change("vendors", vendor, tax_id=None)
    assert sync()["vendor", str(vendor)].status == "updated"
    assert not vendor_of(accountant, "Contractor Asked").get("TaxIdentifier")


def test_a_lost_answer_is_settled_with_the_same_bytes(rentaxis, sync, accountant, chain, policies) -> None:
    """Sent, and the answer never came: the next run looks, finds it done, and makes no second vendor; the request kept holds no number."""
    policies(vendor_1099="push")
    vendor = rentaxis.vendor("Contractor Lost", tax_id=SSN, is_1099=True)
    rentaxis.expense("20.00", day=OCTOBER, vendor_id=vendor)
    accountant.control(
        "faults", {"action": "lose_answer", "operation": "batch", "contains": "Contractor Lost", "times": 1}
    )
    sync()
    sync()
    assert vendor_of(accountant, "Contractor Lost")["TaxIdentifier"] == "XXXXXXX6789"
    assert not holds(everywhere(chain), SSN)


def test_undone_the_flag_goes_back_and_no_mask_is_written(
    rentaxis, sync, accountant, chain, policies
) -> None:
    """QuickBooks never says the number, so an undo cannot put an earlier one back: it writes none, rather than a row of X."""
    policies(vendor_1099="push")
    vendor = rentaxis.vendor("Contractor Undone", tax_id=SSN, is_1099=False)
    rentaxis.expense("30.00", day=OCTOBER, vendor_id=vendor)
    sync()
    rentaxis.change("vendors", vendor, tax_id=OTHER, is_1099=True)
    pushed = sync()
    undo(chain, run_of(pushed), "vendors")
    stands = vendor_of(accountant, "Contractor Undone")
    assert (stands["Vendor1099"], stands["TaxIdentifier"][-4:]) == (False, "4321")


def test_undone_a_number_that_was_not_there_before_goes(rentaxis, sync, accountant, chain, policies) -> None:
    vendor = rentaxis.vendor("Contractor First", email="first@example.com")
    rentaxis.expense("30.00", day=OCTOBER, vendor_id=vendor)
    sync()
    policies(vendor_1099="push")
    rentaxis.change("vendors", vendor, tax_id=SSN, is_1099=True)
    undo(chain, run_of(sync()), "vendors")
    stands = vendor_of(accountant, "Contractor First")
    assert (stands["Vendor1099"], stands.get("TaxIdentifier") or "") == (False, "")
