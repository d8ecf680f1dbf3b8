"""Vendors are decided upon as customers are: confirm, reject, relink, make new, exclude, include, and nothing overwritten."""

from typing import Any

import pytest

from rentaxis_pipelines.ledger import decisions
from rentaxis_pipelines.sync.decisions import DecisionRefused


class Plumber:
    """A vendor of RentAxis with an expense, and what QuickBooks has of his name."""

    def __init__(self, company: Any, name: str, *existing: str) -> None:
        self.company, self.day = company, company.another_day()
        self.ids = [company.chain.write("Vendor", {"DisplayName": one})["Id"] for one in existing]
        self.vendor = str(company.rentaxis.vendor(name))
        self.expense = "expense", str(self._expense())

    def _expense(self) -> int:
        return self.company.rentaxis.expense("80.00", day=self.day, vendor_id=int(self.vendor))

    def another_expense(self) -> tuple[str, str]:
        return "expense", str(self._expense())

    def sync(self) -> dict[tuple[str, str], Any]:
        return self.company.chain.sync("expenses", first_day=self.day, last_day=self.day)

    def decide(self, kind: str, quickbooks_id: str | None = None) -> None:
        self.company.chain.decide(kind, "vendor", self.vendor, quickbooks_id)

    def paid_to(self, expense: tuple[str, str]) -> str:
        return self.company.accountant.of(*expense)["EntityRef"]["value"]

    def vendors_named(self, word: str) -> list[str]:
        return sorted(
            one["DisplayName"] for one in self.company.accountant.all("Vendor") if word in one["DisplayName"]
        )


def test_two_vendors_of_the_name_wait_for_a_person_and_confirming_one_releases_the_expense(company) -> None:
    """The expense says whom it waits for; nobody is made."""
    plumber = Plumber(company, "Brook Plumbing", "Brook Plumbing", "BROOK, Plumbing")
    row = plumber.sync()[plumber.expense]
    assert (row.status, row.reason_code) == ("skipped", "waiting_for_parent")
    assert "2 vendors in QuickBooks have the name of vendor Brook Plumbing" in row.reason
    asked = company.chain.questions()["vendor", plumber.vendor]
    assert [one.quickbooks_id for one in asked.candidates] == plumber.ids
    plumber.decide("confirm", plumber.ids[1])
    assert ("vendor", plumber.vendor) not in company.chain.questions()
    assert plumber.sync()[plumber.expense].status == "created"
    assert plumber.paid_to(plumber.expense) == plumber.ids[1]
    assert plumber.vendors_named("rook") == ["Brook Plumbing"]


def test_rejecting_one_of_two_leaves_the_other(company) -> None:
    """The person said which one it is not, so exactly one remains."""
    plumber = Plumber(company, "Dale Roofing", "Dale Roofing", "Roofing Dale")
    plumber.sync()
    plumber.decide("reject", plumber.ids[0])
    plumber.sync()
    assert plumber.paid_to(plumber.expense) == plumber.ids[1]


def test_a_new_one_is_made_under_a_name_of_its_own_where_a_person_says_so(company) -> None:
    """Once, however often the sync runs."""
    plumber = Plumber(company, "Hale Painting", "Hale Painting", "Painting Hale")
    plumber.sync()
    plumber.decide("make_new")
    plumber.sync()
    later = plumber.another_expense()
    plumber.sync()
    assert plumber.paid_to(plumber.expense) == plumber.paid_to(later)
    assert plumber.paid_to(later) not in plumber.ids
    assert plumber.vendors_named("Hale") == [
        "Hale Painting",
        f"Hale Painting (vendor {plumber.vendor})",
        "Painting Hale",
    ]


def test_a_relinked_vendor_gets_the_expenses_from_then_on(company) -> None:
    """And the one pushed before is brought up to date with the next change."""
    plumber = Plumber(company, "Vale Gardens", "Vale Gardens")
    other = company.chain.write("Vendor", {"DisplayName": "Vale & Daughters"})["Id"]
    plumber.sync()
    assert plumber.paid_to(plumber.expense) == plumber.ids[0]
    plumber.decide("relink", other)
    later = plumber.another_expense()
    rows = plumber.sync()
    assert plumber.paid_to(later) == other
    assert rows[plumber.expense].status in ("updated", "skipped")
    kinds = [(one.kind, one.quickbooks_id, one.who, one.why) for one in _history(company, plumber)]
    assert kinds == [
        ("unlink", plumber.ids[0], "Dana Reyes", "as the tenant says"),
        ("relink", other, "Dana Reyes", "as the tenant says"),
    ]


def test_an_excluded_vendors_expenses_wait_until_it_is_included(company) -> None:
    """Also where one of that name stands in QuickBooks and would have been found; it is not linked meanwhile."""
    for existing in ((), ("Ridge Locks",)):
        plumber = Plumber(company, "Ridge Locks" if existing else "Ridge Alarms", *existing)
        plumber.decide("exclude")
        row = plumber.sync()[plumber.expense]
        assert (row.status, row.reason_code) == ("skipped", "waiting_for_parent")
        assert "was excluded by Dana Reyes" in row.reason
        plumber.decide("include")
        assert plumber.sync()[plumber.expense].status == "created"


def test_a_vendor_made_inactive_or_merged_away_says_so_until_a_person_relinks_or_reactivates_it(
    company,
) -> None:
    """Nothing is made in its place."""
    plumber = Plumber(company, "Glen Heating", "Glen Heating")
    plumber.sync()
    hand = company.accountant
    hand.control("hand", {"deed": "deactivate", "entity": "Vendor", "id": plumber.ids[0]})
    second = plumber.another_expense()
    row = plumber.sync()[second]
    assert row.reason_code == "waiting_for_parent"
    assert "is linked to vendor 'Glen Heating', which was made inactive in QuickBooks" in row.reason
    hand.control(
        "hand", {"deed": "edit", "entity": "Vendor", "id": plumber.ids[0], "fields": {"Active": True}}
    )
    assert plumber.sync()[second].status == "created"
    winner = company.chain.write("Vendor", {"DisplayName": "Glen Heating & Cooling"})["Id"]
    hand.control("hand", {"deed": "merge", "entity": "Vendor", "id": plumber.ids[0], "into": winner})
    third = plumber.another_expense()
    row = plumber.sync()[third]
    assert "which was made inactive in QuickBooks or merged into another" in row.reason
    plumber.decide("relink", winner)
    assert plumber.sync()[third].status == "created"
    assert plumber.paid_to(third) == winner


def test_a_vendor_that_vanished_cannot_be_confirmed(company) -> None:
    """Refused with the reason, and nothing kept."""
    plumber = Plumber(company, "Cliff Glass", "Cliff Glass", "Glass Cliff")
    plumber.sync()
    company.accountant.control("switches", {"merged_away": "gone"})
    company.accountant.control(
        "hand", {"deed": "merge", "entity": "Vendor", "id": plumber.ids[0], "into": plumber.ids[1]}
    )
    company.accountant.control("switches", {"merged_away": "inactive"})
    with pytest.raises(
        DecisionRefused,
        match=f"QuickBooks has no vendor {plumber.ids[0]}: it was deleted or merged in the meantime",
    ):
        plumber.decide("confirm", plumber.ids[0])
    assert _history(company, plumber) == []


def _history(company: Any, plumber: Plumber) -> list[Any]:
    with company.chain.run() as run:
        return decisions.history(run.connection, run.realm, "vendor", plumber.vendor)
