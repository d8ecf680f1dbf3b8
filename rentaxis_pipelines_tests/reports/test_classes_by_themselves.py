"""The demo portfolio with a class for every unit and a location for every house: both sides agree on them."""

import datetime as dt
from dataclasses import replace

CLOSED = dt.date(2026, 7, 31)


def with_mappings(books, **chosen):
    mappings = books.company.mappings.model_copy(update=chosen)
    return replace(books, company=books.company.model_copy(update={"mappings": mappings}))


def explained(books) -> set[str]:
    """Why records differ."""
    return {row["explanation"] for row in books.sql("select distinct explanation from differences")}


def test_every_record_of_the_portfolio_carries_its_class_and_both_sides_agree(books) -> None:
    """Each class once, on every document of its place, equal on both sides; made once, nothing the second time.

    Closed books keep the class they have: when classes go by house instead of by unit, only open months are to be run again.
    """
    books = with_mappings(books, class_by="unit", location_by="property", make_missing=True)
    books.push()
    summary = books.reconcile()
    assert summary.failed_tests == []
    assert explained(books) == {"draft", "failed", "waiting"}
    for kind in ("class", "location"):
        sides = books.sql(
            "select side, sum(amount) as amount from postings join records using (record) "
            "where kind = :kind and explanation = 'agrees' group by side order by side",
            kind=kind,
        )
        assert [row["side"] for row in sides] == ["quickbooks", "rentaxis", "written"]
        assert len({row["amount"] for row in sides}) == 1, kind
    placed = {
        place
        for table in ("invoices", "expenses")
        for (place,) in books.rentaxis(
            f"select distinct property_id from rentaxis.{table} where organization_id = 1 and property_id is not null"
        )
    }
    names = [one["FullyQualifiedName"] for one in books.objects("Class")]
    assert len(names) == len(set(names))
    assert len([name for name in names if ":" in name]) > len(placed)  # units below their houses
    counted = books.sql(
        "select record_type, count(*) as rows, sum(amount) as money from ledger.row_results "
        "where record_type in ('classes', 'locations') and status = 'created' group by 1 order by 1"
    )
    assert [(row["record_type"], row["money"]) for row in counted] == [("classes", 0), ("locations", 0)]
    assert counted[0]["rows"] == len(names) - 2  # those of the seed
    again = books.push()
    written = books.sql(
        "select source_label from ledger.row_results where run_id = :run and status in ('created', 'updated')",
        run=again,
    )
    assert written == []

    books.by_hand("close_books", date=CLOSED.isoformat())
    books = with_mappings(books, class_by="property")
    assert books.reconcile().unexplained == 0
    assert explained(books) == {"draft", "failed", "waiting", "mapping_changed"}
    (oldest,) = books.sql(
        "select min(rentaxis_day) as day from records where explanation = 'mapping_changed'"
    )
    assert oldest["day"] > CLOSED
    books.push()
    assert books.reconcile().unexplained == 0
    assert explained(books) == {"draft", "failed", "waiting"}
