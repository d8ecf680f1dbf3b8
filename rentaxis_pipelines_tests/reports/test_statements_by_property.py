"""Profit and loss by property: where classes follow properties, both sides agree property by property."""

from decimal import Decimal

import pytest

from rentaxis_pipelines_tests.reports.test_classes_by_themselves import with_mappings
from rentaxis_pipelines_tests.reports.test_statements import said


@pytest.mark.parametrize("class_by", ["property", "unit"])
def test_the_profit_and_loss_of_each_property_agrees_to_the_cent_but_for_what_is_explained(books, class_by):
    """QuickBooks' report by class (Reports API, summarize_column_by Classes) against RentAxis' ledger by property ("Statements can be split by
    property", knowledge base, Balance sheet); a unit's class counts as its property's.
    """
    books = with_mappings(books, class_by=class_by, make_missing=True)
    books.push()
    summary = books.reconcile()
    assert (summary.statements_reason, summary.statements_unexplained, summary.failed_tests) == (None, 0, [])
    rows = books.sql("select * from statement_classes")
    assert [row for row in rows if row["unexplained"] != 0] == []
    properties = {
        street
        for (street,) in books.rentaxis(
            "select street_address from rentaxis.properties where organization_id = 1"
        )
    }
    shown = {row["property"] for row in rows}
    assert properties & shown
    assert shown <= {*properties, "(none)", *(name for name in shown if name.startswith("RentAxis: "))}
    assert sum(row["difference"] == 0 and row["quickbooks"] != 0 for row in rows) > 50
    whole = books.sql("select * from statement_totals where statement = 'profit and loss'")
    for row in whole:
        parts = [part for part in rows if (part["month"], part["account"]) == (row["month"], row["account"])]
        for side in ("rentaxis", "quickbooks"):
            assert sum((part[side] for part in parts), Decimal(0)) == row[side]
    assert "by property (class)" in said(books)


def test_without_classes_by_property_quickbooks_is_not_asked_for_them(pushed):
    """Twelve more reads for nothing would be twelve too many."""
    pushed.reconcile()
    assert pushed.sql("select * from statement_classes") == []
    assert "by property" not in said(pushed)
