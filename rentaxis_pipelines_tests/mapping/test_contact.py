"""Contact data: what QuickBooks takes is sent, what it would not take is kept and said, what is empty is emptied."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.mapping import contact
from rentaxis_pipelines.mapping.cleared_fields import cleared_fields
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped
from rentaxis_pipelines.mapping.parties import plan_customer, plan_vendor
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Vendor

LONG = "a" * 60 + "@example.com"


@pytest.mark.parametrize(
    ("raw", "sent", "whole"),
    [
        ("ann@example.com", "ann@example.com", True),
        (" ann@example.com ", "ann@example.com", True),
        ("ann.lee+rent@mail.example.co.uk", "ann.lee+rent@mail.example.co.uk", True),
        ("one@x.com,two@x.com", "one@x.com,two@x.com", True),
        ("one@x.com; two@x.com ,one@x.com,", "one@x.com,two@x.com", True),
        ("one@x.com, broken", "one@x.com", False),
        ("one@x,two@x", None, False),
        (f"{LONG},b{LONG}", LONG, False),  # more than 100 characters in all
        (f"{LONG},b{LONG},c@x.com", f"{LONG},c@x.com", False),
        ("ann@example", None, False),
        ("ann@@example.com", None, False),
        ("ann lee@example.com", None, False),
        ("a" * 89 + "@example.com", None, False),
        ("", None, True),
        (" , ", None, True),
        (None, None, True),
    ],
)
def test_the_addresses_quickbooks_takes_are_sent(raw: str | None, sent: str | None, whole: bool) -> None:
    assert contact.email(raw) == (sent, whole)


@pytest.mark.parametrize(
    ("raw", "sent", "whole"),
    [
        ("(555) 010-0100", "(555) 010-0100", True),
        ("5" * 31, None, False),
        (" ", None, True),
        (None, None, True),
    ],
)
def test_a_phone_number_is_sent_whole_or_not_at_all(raw: str | None, sent: str | None, whole: bool) -> None:
    assert contact.phone(raw) == (sent, whole)


def test_an_address_keeps_its_lines() -> None:
    """Up to five; those beyond are joined to the last. Empty lines are left out."""
    assert contact.address_lines("5 Low St\r\n\n Suite  2\nTrenton, NJ 08608") == (
        {"Line1": "5 Low St", "Line2": "Suite 2", "Line3": "Trenton, NJ 08608"},
        True,
    )
    lines, whole = contact.address_lines("\n".join("abcdefg"))
    assert (lines["Line4"], lines["Line5"], whole) == ("d", "e, f, g", True)
    assert contact.address_lines("x" * 501) == ({"Line1": "x" * 500}, False)
    assert contact.address_lines(None) == ({}, True)


def pushed(planned: Any) -> Existing:
    return Existing("Customer", "12", planned.content_hash, pushed=planned.payload)


def test_an_email_that_no_longer_fits_stays_and_the_row_says_so(
    make: SimpleNamespace, context: Context
) -> None:
    """With nothing else changed nothing is sent; with a new phone only the phone goes. Emptied for good, it is emptied."""
    first = plan_customer(make.payer(), None, context, "Ann Lee")
    assert isinstance(first, Mapped) and first.remark is None
    same = plan_customer(make.payer(email="one@x,two@x"), pushed(first), context, "Ann Lee")
    assert isinstance(same, Refusal)
    assert (same.status, same.code) == ("skipped", "unfit_field")
    assert same.reason == (
        "Tenant Ann Lee: The e-mail address in RentAxis is not valid in QuickBooks, so the one there was left unchanged."
    )
    moved = plan_customer(make.payer(email="one@x", phone="1"), pushed(first), context, "Ann Lee")
    assert isinstance(moved, Mapped) and moved.remark is not None
    assert (moved.action, moved.kept, moved.remark.code) == (
        "update",
        ("PrimaryEmailAddr",),
        "unfit_field",
    )
    assert moved.payload["PrimaryEmailAddr"] == first.payload["PrimaryEmailAddr"]
    assert cleared_fields(first.payload, first.payload, moved.payload) == {}
    mended = plan_customer(make.payer(email="", phone="1"), pushed(moved), context, "Ann Lee")
    assert isinstance(mended, Mapped) and mended.remark is None
    assert cleared_fields(moved.payload, moved.payload, mended.payload) == {
        "PrimaryEmailAddr": {"Address": ""}
    }


def test_what_does_not_fit_from_the_start_is_left_out_and_said(
    make: SimpleNamespace, context: Context
) -> None:
    planned = plan_customer(make.payer(email="no address", phone="5" * 40), None, context, "Ann Lee")
    assert isinstance(planned, Mapped) and planned.remark is not None
    assert planned.payload == {"DisplayName": "Ann Lee"}
    assert (
        "The e-mail address in RentAxis is not valid in QuickBooks, so it was left out"
        in planned.remark.reason
    )
    assert (
        "The phone number in RentAxis is not valid in QuickBooks, so it was left out" in planned.remark.reason
    )
    again = plan_customer(make.payer(email="no address", phone="5" * 40), pushed(planned), context, "Ann Lee")
    assert isinstance(again, Refusal) and again.code == "unfit_field"


def test_a_name_of_which_nothing_can_be_seen_renames_nobody(make: SimpleNamespace, context: Context) -> None:
    first = plan_customer(make.payer(), None, context, "Ann Lee")
    assert isinstance(first, Mapped)
    same = plan_customer(make.payer(name="\u200b\u200b"), pushed(first), context, "Ann Lee")
    assert isinstance(same, Refusal) and same.code == "unfit_field"


def test_a_vendors_fields_are_kept_alike(context: Context) -> None:
    vendor = Vendor("5", "Ace Plumbing", "ace@example.com", "1", "1 Pipe Rd\nTrenton")
    first = plan_vendor(vendor, None, context, "Ace Plumbing")
    assert isinstance(first, Mapped)
    assert first.payload["BillAddr"] == {"Line1": "1 Pipe Rd", "Line2": "Trenton"}
    broken = Vendor("5", "Ace Plumbing", "ace(at)example.com", "1", "1 Pipe Rd\nTrenton")
    same = plan_vendor(broken, pushed(first), context, "Ace Plumbing")
    assert isinstance(same, Refusal) and same.code == "unfit_field"


def test_lines_that_are_gone_from_an_address_are_emptied_by_name() -> None:
    before = {"BillAddr": {"Line1": "5 Low St", "Line2": "Suite 2", "Line3": "Trenton"}}
    now = {"BillAddr": {"Line1": "5 Low St", "Line2": "Trenton"}}
    assert cleared_fields(before, before, now) == {
        "BillAddr": {"Line1": "5 Low St", "Line2": "Trenton", "Line3": ""}
    }
    assert cleared_fields(before, [], now) == {}
    assert cleared_fields(before, before, before) == {}


MAILS = st.lists(st.sampled_from(["a@x.com", "b@x.com", LONG, f"b{LONG}", "broken", "", "x@y"]), max_size=5)


@settings(max_examples=200)
@given(
    mails=MAILS, phones=st.lists(st.sampled_from([None, "1", "2" * 31]), min_size=2, max_size=2), before=MAILS
)
def test_whatever_was_and_is_there_quickbooks_is_sent_legal_text_and_loses_only_what_was_emptied(
    mails: list[str], phones: list[str | None], before: list[str]
) -> None:
    """A field that held something keeps something, as long as RentAxis holds anything at all in it."""
    was = contact.contact(", ".join(before), phones[0], None).fields
    now, unfit = contact.contact("; ".join(mails), phones[1], None)
    kept = {name: was[name] for name in unfit if name not in now and name in was}
    lost = set(cleared_fields(was, was, {**now, **kept}))
    assert ("PrimaryEmailAddr" in lost) == ("PrimaryEmailAddr" in was and not any(mails))
    assert ("PrimaryPhone" in lost) == ("PrimaryPhone" in was and phones[1] is None)
    sent: Any = now.get("PrimaryEmailAddr", {"Address": "a@x.com"})
    assert len(sent["Address"]) <= 100
    assert all(re.fullmatch(r"[^@\s,]+@[^@\s,]+\.[a-z]+", one) for one in sent["Address"].split(","))
