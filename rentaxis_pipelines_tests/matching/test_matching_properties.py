"""What holds for any payers and customers: no customer is two payers, order says nothing, and twice is the same as once."""

import datetime as dt
from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching.customers import Match, PayerKey, match_customers
from rentaxis_pipelines.matching.names import name_key, words
from rentaxis_pipelines.matching.people_index import index_people
from rentaxis_pipelines.matching.vendors import match_vendors, vendor_key
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.source_records import ImportedLink, Payer, Vendor

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
# Few names and addresses, so that they collide in every way.
NAMES = st.sampled_from(
    ["Ann Lee", "Lee, Ann", "Anne Leigh", "Bob Stone", "Bób Stone", "Maria Garcia", "", "王小明"]
)
EMAILS = st.sampled_from([None, "a@example.com", "A@example.com ", "b@example.com", "c@example.com"])
FIELDS = st.one_of(EMAILS, st.sampled_from(["a@example.com, b@example.com", "b@example.com;c@example.com"]))
IDS = st.sampled_from([str(number) for number in range(1, 7)])


@st.composite
def worlds(
    draw: Any,
) -> tuple[list[Payer], list[Person], dict[PayerKey, Link], dict[PayerKey, DecisionState]]:
    people = draw(
        st.lists(
            st.builds(Person, IDS, NAMES, FIELDS, st.booleans()), unique_by=lambda one: one.quickbooks_id
        )
    )
    keys = draw(st.lists(st.tuples(st.sampled_from(["tenant", "program"]), IDS), unique=True, max_size=8))
    chosen = {key: (draw(NAMES) or None, draw(EMAILS)) for key in keys}
    folded = Counter(email.strip().casefold() for _, email in chosen.values() if email)
    payers = [
        Payer(
            kind=kind, source_id=source_id, name=name, email=email, phone=None, address=None,
            payers_with_same_email=folded[email.strip().casefold()] if email else 0,
            created_at=NOW, updated_at=NOW, deleted_at=None,
            imported_link=draw(st.none() | st.builds(ImportedLink, st.just("Customer"), IDS, st.just("imported"))),
        )
        for (kind, source_id), (name, email) in chosen.items()
    ]  # fmt: skip
    linked = draw(st.lists(IDS, unique=True, max_size=len(keys)))
    links = {
        key: Link(
            realm="1", source_type=key[0], source_id=key[1], quickbooks_type="Customer", quickbooks_id=quickbooks_id,
            sync_token="0", content_hash="", mapped={}, owned=[], origin="created", updated_at=NOW,
        )
        for key, quickbooks_id in zip(keys, linked, strict=False)
    }  # fmt: skip
    decided = {
        key: DecisionState(rejected=draw(st.frozensets(IDS, max_size=3)))
        for key in keys
        if draw(st.booleans())
    }
    return payers, people, links, decided


def matched(payers: Any, people: Any, links: Any, decided: Any) -> dict[PayerKey, Match]:
    owners = {link.quickbooks_id: key for key, link in links.items()}
    return match_customers(payers, index_people(people), links, owners, decided)


@given(worlds())
def test_no_customer_is_two_payers_without_a_person(world) -> None:
    """Counting links that stand, imported ones, and those found by e-mail."""
    payers, people, links, decided = world
    found = matched(payers, people, links, decided)
    certain = [
        match.quickbooks_id
        for match in found.values()
        if match.resolution in ("linked", "imported", "matched_email")
    ]
    assert len(certain) == len(set(certain))


@given(worlds())
def test_nobody_is_suggested_or_given_what_is_somebody_elses_or_was_rejected(world) -> None:
    payers, people, links, decided = world
    owners = {link.quickbooks_id: key for key, link in links.items()}
    for key, match in matched(payers, people, links, decided).items():
        offered = {one.quickbooks_id for one in match.candidates}
        if match.resolution == "matched_email":
            offered.add(str(match.quickbooks_id))
        assert all(owners.get(one, key) == key for one in offered)
        assert not offered & (decided[key].rejected if key in decided else frozenset())


@given(
    worlds(),
    st.dictionaries(IDS, st.lists(st.tuples(st.just("tenant"), st.just("of another day")), min_size=1)),
)
def test_nobody_is_given_what_rentaxis_says_is_a_payers_of_another_day(world, before) -> None:
    payers, people, links, decided = world
    owners = {link.quickbooks_id: key for key, link in links.items()}
    found = match_customers(payers, index_people(people), links, owners, decided, before)
    for match in found.values():
        offered = {one.quickbooks_id for one in match.candidates}
        if match.resolution in ("matched_email", "imported"):
            offered.add(str(match.quickbooks_id))
        assert not offered & set(before)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_payers_and_customers_says_nothing(world, chance) -> None:
    payers, people, links, decided = world
    before = matched(payers, people, links, decided)
    chance.shuffle(payers)
    chance.shuffle(people)
    assert matched(payers, people, links, decided) == before


@given(worlds())
def test_matching_again_after_keeping_the_links_changes_nothing(world) -> None:
    """What was linked stays linked to the same customer, and whoever waited waits for the same ones or fewer."""
    payers, people, links, decided = world
    first = matched(payers, people, links, decided)
    kept = dict(links)
    for key, match in first.items():
        if match.resolution in ("imported", "matched_email"):
            kept[key] = Link(
                realm="1", source_type=key[0], source_id=key[1], quickbooks_type="Customer",
                quickbooks_id=str(match.quickbooks_id), sync_token="0", content_hash="", mapped={}, owned=[],
                origin="matched_email", updated_at=NOW,
            )  # fmt: skip
    second = matched(payers, people, kept, decided)
    for key, match in first.items():
        if match.resolution in ("linked", "imported", "matched_email"):
            assert (second[key].resolution, second[key].quickbooks_id) == ("linked", match.quickbooks_id)
        elif match.resolution in ("waiting", "new", "stale"):
            assert second[key] == match


@given(worlds())
def test_every_match_that_is_not_certain_says_why_and_what_to_do(world) -> None:
    for match in matched(*world).values():
        certain = match.resolution in ("linked", "imported", "matched_email", "new")
        assert certain == (match.refusal is None)
        assert certain or (
            match.refusal.reason
            and not match.refusal.reason[0].islower()
            and match.refusal.reason.endswith(".")
            and match.refusal.remedy
        )


@given(st.text(), st.text())
def test_names_of_any_text_have_a_key_that_does_not_crash(ours: str, theirs: str) -> None:
    """And the key does not depend on the order of the words."""
    found = words(ours) + words(theirs)
    assert name_key(f"{ours} {theirs}".strip()) or not f"{ours}{theirs}".strip()
    assert name_key(" ".join(found)) == name_key(" ".join(reversed(found)))


VENDORS = st.lists(
    st.builds(Vendor, st.none() | IDS, NAMES, EMAILS, st.none(), st.none()), max_size=8, unique_by=vendor_key
)


@given(VENDORS, st.lists(st.builds(Person, IDS, NAMES, FIELDS, st.booleans()), unique_by=lambda one: one.quickbooks_id), st.randoms(use_true_random=False))  # fmt: skip
def test_no_quickbooks_vendor_is_linked_to_two_vendors_in_any_order(vendors, people, chance) -> None:
    """A shared vendor is used without a link; only ``matched`` makes one."""
    by_key = {key: vendor for vendor in vendors if (key := vendor_key(vendor)) is not None}
    found = match_vendors(by_key, people, {}, {})
    linked = [match.quickbooks_id for match in found.values() if match.resolution == "matched"]
    assert len(linked) == len(set(linked))
    items = list(by_key.items())
    chance.shuffle(items)
    chance.shuffle(people)
    assert match_vendors(dict(items), people, {}, {}) == found
    assert all(found[match.same_as].same_as is None for match in found.values() if match.same_as)
    assert msgspec.to_builtins(found[items[0][0]]) if items else True
