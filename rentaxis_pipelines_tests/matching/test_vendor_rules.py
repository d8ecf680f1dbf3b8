"""Which vendor an expense's vendor is: e-mail, then exactly the same name, else a new one; several: a person decides."""

import datetime as dt
from typing import Any

from rentaxis_pipelines.matching.vendors import VendorMatch, match_vendors, vendor_key
from rentaxis_pipelines.model.decisions import Decision, DecisionState
from rentaxis_pipelines.model.source_records import Vendor

MAIL = "office@acme.example"


def vendor(name: str | None, source_id: str | None = "1", email: str | None = None) -> Vendor:
    return Vendor(source_id, name, email, None, None)


def match(*vendors: Vendor, existing: list[Any], **more: Any) -> list[VendorMatch]:
    by_key = {str(vendor_key(one)): one for one in vendors}
    found = match_vendors(by_key, existing, more.pop("links", {}), more.pop("owners", {}), **more)
    return [found[key] for key in by_key]


def test_the_same_address_is_the_vendor_whatever_the_name(customer) -> None:
    (found,) = match(
        vendor("Acme", email=MAIL.upper()),
        existing=[customer("7", "ACME Plumbing", MAIL), customer("8", "Acme")],
    )
    assert (found.resolution, found.quickbooks_id) == ("matched", "7")


def test_without_an_address_exactly_the_same_name_is(customer) -> None:
    """Case, accents, order and punctuation do not count; a near name does."""
    (found,) = match(vendor("acme, Inc."), existing=[customer("7", "ACME INC"), customer("8", "Acme Incs")])
    assert (found.resolution, found.quickbooks_id) == ("matched", "7")


def test_a_near_name_is_a_new_vendor(customer) -> None:
    assert match(vendor("Acmee"), existing=[customer("7", "Acme")])[0].resolution == "new"


def test_an_inactive_vendor_is_passed_over(customer) -> None:
    assert match(vendor("Acme"), existing=[customer("7", "Acme", MAIL, active=False)])[0].resolution == "new"


def test_two_with_the_address_are_told_apart_by_the_name(customer) -> None:
    (found,) = match(
        vendor("Acme", email=MAIL), existing=[customer("7", "Acme West", MAIL), customer("8", "Acme", MAIL)]
    )
    assert (found.resolution, found.quickbooks_id) == ("matched", "8")


def test_two_that_fit_stop_and_are_named(customer) -> None:
    (found,) = match(vendor("Acme"), existing=[customer("7", "Acme"), customer("8", "ACME")])
    assert found.resolution == "waiting"
    assert found.refusal is not None
    assert found.refusal.code == "ambiguous_match"
    assert (
        found.refusal.reason
        == "2 vendors in QuickBooks have the name of vendor Acme: 'Acme' (vendor 7) and 'ACME' (vendor 8)."
    )


def test_two_records_that_one_vendor_fits_stop_both(customer) -> None:
    found = match(vendor("Acme"), vendor("ACME", "2"), existing=[customer("7", "Acme")])
    assert [one.resolution for one in found] == ["waiting", "waiting"]
    assert found[0].refusal is not None
    assert found[0].refusal.reason.startswith(
        "More than one vendor in RentAxis has the name of 'Acme' (vendor 7)"
    )


def test_a_name_on_an_expense_is_whoever_bears_it(customer) -> None:
    """Free text is no record of its own: it shares the vendor of that name, also one still to be made, and takes none away."""
    listed, text = match(vendor("Acme"), vendor("acme", None), existing=[])
    assert (listed.resolution, text.resolution, text.same_as) == ("new", "shared", "1")
    listed, text = match(vendor("Acme"), vendor("acme", None), existing=[customer("7", "Acme")])
    assert (listed.resolution, listed.quickbooks_id, text.same_as) == ("matched", "7", "1")
    (text,) = match(vendor("acme", None), existing=[customer("7", "Acme")], owners={"7": "1"})
    assert (text.resolution, text.quickbooks_id) == ("shared", "7")


def test_a_vendor_first_met_as_text_is_not_made_twice_when_it_is_listed(customer) -> None:
    """The record of a later day finds the vendor that the text made, and uses it."""
    (listed,) = match(vendor("Acme"), existing=[customer("7", "Acme")], owners={"7": "name:acme"})
    assert (listed.resolution, listed.quickbooks_id) == ("shared", "7")


def test_another_records_vendor_is_no_candidate(customer) -> None:
    assert (
        match(vendor("Acme", "2"), existing=[customer("7", "Acme")], owners={"7": "1"})[0].resolution == "new"
    )


def test_a_dead_link_says_so(customer, link) -> None:
    links = {"1": link("7", source_type="vendor", quickbooks_number="Acme")}
    (gone,) = match(vendor("Acme"), existing=[], links=links)
    (inactive,) = match(vendor("Acme"), existing=[customer("7", "Acme (deleted)", active=False)], links=links)
    assert (gone.resolution, inactive.resolution) == ("stale", "stale")
    assert gone.refusal is not None and inactive.refusal is not None
    assert (
        gone.refusal.reason
        == "Vendor Acme is linked to vendor 'Acme' (id 7), which is no longer in QuickBooks: it was deleted or merged into another vendor."
    )
    assert inactive.refusal.code == "inactive_reference"


def test_decisions_count_as_for_customers(customer) -> None:
    rejected = {"1": DecisionState(rejected=frozenset({"7"}))}
    make_new = Decision(
        realm="1", source_type="vendor", source_id="1", kind="make_new", why="x", who="y", decided_at=dt.datetime.now(dt.UTC)
    )  # fmt: skip
    for decided in (rejected, {"1": DecisionState(make_new=make_new)}):
        assert match(vendor("Acme"), existing=[customer("7", "Acme")], decided=decided)[0].resolution == "new"


def test_one_that_our_own_expenses_stand_on_is_ours_and_nobody_elses(customer) -> None:
    """Two vendors of one name, made by a ledger that was lost: each finds its own, no person is asked."""
    twins = (vendor("Acme", "5"), vendor("Acme", "9"))
    existing = [customer("7", "Acme"), customer("8", "Acme (vendor 9)")]
    assert [one.resolution for one in match(*twins, existing=existing)] == ["waiting", "waiting"]
    found = match(*twins, existing=existing, proven={"9": "8"})
    assert [(one.resolution, one.quickbooks_id) for one in found] == [("matched", "7"), ("matched", "8")]


def test_a_proof_that_two_vendors_have_or_that_a_person_denied_is_none(customer) -> None:
    twins = (vendor("Acme", "5"), vendor("Bolt", "9"))
    existing = [customer("7", "Acme")]
    found = match(*twins, existing=existing, proven={"5": "7", "9": "7"})
    assert [(one.resolution, one.quickbooks_id) for one in found] == [("matched", "7"), ("new", None)]
    denied = match(
        twins[1],
        existing=existing,
        proven={"9": "7"},
        decided={"9": DecisionState(rejected=frozenset({"7"}))},
    )
    assert denied[0].resolution == "new"
    assert match(twins[1], existing=existing, proven={"9": "7"}, owners={"7": "5"})[0].resolution == "new"


def test_a_vendor_known_by_its_name_alone_is_found_by_its_expenses_under_another_name(customer) -> None:
    (found,) = match(
        vendor("Acme", None), existing=[customer("7", "Acme (vendor)")], proven={"name:acme": "7"}
    )
    assert (found.resolution, found.quickbooks_id) == ("matched", "7")


def test_a_vendor_known_only_by_name_is_the_linked_one_of_that_name_whoever_else_is_planned(customer) -> None:
    """Its record's expenses may be unchanged or of other days, and QuickBooks may have it under another name. Two such: neither is."""
    there = [customer("7", "Renamed by hand"), customer("8", "Another")]
    alone = vendor("Acme", None)
    namesakes = {str(vendor_key(alone)): {"1": "7"}}
    (found,) = match(alone, existing=there, owners={"7": "1"}, namesakes=namesakes)
    assert (found.resolution, found.quickbooks_id, found.same_as) == ("shared", "7", None)
    both = match(alone, vendor("Acme"), existing=there, owners={"7": "1"}, namesakes=namesakes)
    assert (both[0].resolution, both[0].same_as) == ("shared", "1")
    two = {str(vendor_key(alone)): {"1": "7", "2": "8"}}
    (found,) = match(alone, existing=there, owners={"7": "1", "8": "2"}, namesakes=two)
    assert found.resolution == "new"
