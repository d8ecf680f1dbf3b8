"""However a payer or vendor comes to one in QuickBooks: where that one is kept in another currency it is named, and never used."""

from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching.customers import match_customers
from rentaxis_pipelines.matching.people_index import index_people
from rentaxis_pipelines.matching.vendors import match_vendors
from rentaxis_pipelines.model.source_records import Vendor

KEY = ("tenant", "1")
MAIL = "ann@example.com"
EURO = Person("7", "Ann in Euro", MAIL, active=True, other_currency="EUR")


@pytest.mark.parametrize(
    ("email", "imported", "linked", "own"),
    [
        (MAIL, None, False, {}),
        (None, "7", False, {}),
        (None, None, True, {}),
        (None, None, False, {KEY: ["7"]}),
    ],
    ids=["same e-mail", "imported", "linked", "our own mark"],
)
def test_no_way_leads_to_a_customer_in_another_currency(payer, link, email, imported, linked, own) -> None:
    """Nor is a new one made in its place by itself; the same customer in the company's own currency would do."""
    one = payer("Ann Lee", email, imported=imported) if imported else payer("Ann Lee", email)
    links: Any = {KEY: link("7")} if linked else {}
    owners: Any = {"7": KEY} if linked else {}
    found = match_customers([one], index_people([EURO]), links, owners, own=own)[KEY]
    assert (found.resolution, found.refusal.code, found.quickbooks_id) == ("stale", "other_currency", "7")
    assert found.refusal.reason == (
        "Tenant Ann Lee is customer 'Ann in Euro' (customer 7), whose currency in QuickBooks is EUR, not the company's own currency. "
        "QuickBooks cannot change that."
    )
    home = msgspec.structs.replace(EURO, other_currency=None)
    usable = match_customers([one], index_people([home]), links, owners, own=own)[KEY]
    assert (usable.refusal, usable.quickbooks_id) == (None, "7")


def test_one_of_the_same_name_says_its_currency_to_whoever_is_asked(payer) -> None:
    euro = msgspec.structs.replace(EURO, name="Ann Lee", email=None)
    found = match_customers([payer("Ann Lee")], index_people([euro]), {}, {})[KEY]
    assert [one.why for one in found.candidates] == ["same name, in EUR"]


@pytest.mark.parametrize("source_id", ["1", None], ids=["a record of its own", "known by its name alone"])
@pytest.mark.parametrize("linked", [True, False])
def test_no_way_leads_to_a_vendor_in_another_currency(link, source_id: str | None, linked: bool) -> None:
    key = source_id or "name:ann euro in"
    vendor = Vendor(source_id, "Ann in Euro", None, None, None)
    links = {key: link("7", source_id=key, source_type="vendor")} if linked else {}
    found = match_vendors({key: vendor}, [EURO], links, {"7": key} if linked else {})[key]
    assert found.refusal is not None
    assert found.refusal.code == "other_currency"
    assert found.refusal.reason.startswith(
        "Vendor Ann in Euro is vendor 'Ann in Euro' (vendor 7), whose currency in QuickBooks is EUR"
    )
