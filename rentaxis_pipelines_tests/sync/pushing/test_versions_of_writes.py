"""Every write leaves a version: what stood in QuickBooks before it, what stands after it, the link before, who and in which run."""

from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import versions
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.model.versions import LinkVersion
from rentaxis_pipelines_tests.sync.pushing.conftest import REALM, PushedCompany


def versions_of(company: PushedCompany, source_type: str, source_id: str = "1") -> list[LinkVersion]:
    with engine(company.url).connect() as connection:
        return versions.of_record(connection, REALM, source_type, source_id)


def dearer(company: PushedCompany, amount: str = "250.00"):
    """The planned change of invoice 1 to another amount."""
    return company.changed(company.invoice("1", amount))


def test_a_creation_has_nothing_before_it_and_an_update_what_the_creation_left(company) -> None:
    company.push(company.invoice("1"), run_id="first")
    first_link = company.link("invoice", "1")
    company.push(dearer(company), run_id="second")
    created, updated = versions_of(company, "invoice")
    assert (created.action, created.run_id, created.who) == ("create", "first", "tests")
    assert (created.before, created.link) == (None, None)
    assert (updated.action, updated.run_id) == ("update", "second")
    assert updated.before == created.after
    assert updated.link == first_link
    assert (updated.before or {})["TotalAmt"] == Decimal("100.00")
    assert (updated.after or {})["TotalAmt"] == Decimal("250.00")
    assert updated.sync_token == (updated.after or {})["SyncToken"]
    assert updated.after == company.objects("Invoice")[0]
    assert updated.request_id


def test_a_customer_has_its_versions_as_well(company) -> None:
    company.push(company.customer())
    company.push(company.changed(company.customer(name="Zoe Zane-Abel")))
    created, updated = versions_of(company, "tenant")
    assert updated.before == created.after
    assert [(version.after or {})["DisplayName"] for version in (created, updated)] == [
        "Zoe Zane",
        "Zoe Zane-Abel",
    ]


def test_the_note_of_a_void_is_a_version_of_its_own_and_the_void_stands_on_it(company) -> None:
    company.push(company.invoice("1"))
    company.push(
        msgspec.structs.replace(
            company.void(company.invoice("1")),
            payload={"PrivateNote": "Void in RentAxis\nRentAxis invoice 1"},
            mapped=company.link("invoice", "1").mapped,
        )
    )
    created, note, void = versions_of(company, "invoice")
    assert [note.action, void.action] == ["note", "void"]
    assert (note.before, void.before) == (created.after, note.after)
    assert (void.after or {})["TotalAmt"] == 0


def test_a_refused_row_leaves_no_version(company) -> None:
    company.push(company.invoice("1", customer="999999"))
    assert versions_of(company, "invoice") == []


@pytest.mark.parametrize(
    "statement", ["update ledger.link_versions set who = 'x'", "delete from ledger.link_versions"]
)
def test_versions_are_never_rewritten(company, statement) -> None:
    company.push(company.invoice("1"))
    with engine(company.url).connect() as connection, pytest.raises(sa.exc.DBAPIError, match="P0001"):
        connection.execute(sa.text(statement))
