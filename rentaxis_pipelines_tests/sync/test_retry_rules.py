"""The rules of trying again, alone: what releases a row, how often a version is tried, which runs bring what is wanted."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.open_rows import Attempt, NewestDecision
from rentaxis_pipelines.ledger.tries import Try
from rentaxis_pipelines.model.record_types import BASIC_TYPES, RECORD_TYPES
from rentaxis_pipelines.rentaxis.versions import Version
from rentaxis_pipelines.sync.resync.day_ranges import ranges_of
from rentaxis_pipelines.sync.resync.retry_rules import (
    OVERLAP,
    PAUSE,
    Known,
    fixed_records,
    next_try,
    released,
)

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
LONG_AGO = NOON - 100 * HOUR
DAY = dt.date(2026, 5, 4)
PAYER, BILL = ("tenant", "7"), ("invoice", "1")

ROW = Attempt(
    source_type="invoice", source_id="1", day=DAY, pushed_as="invoices", run_id="run", status="failed",
    reason_code="rejected", read_at=NOON, planned_at=NOON, settings="as it was",
)  # fmt: skip
VERSION = Version(
    source_type="invoice", source_id="1", day=DAY, changed_at=LONG_AGO,
    party_type="tenant", party_id="7", party_name=None, party_changed_at=LONG_AGO, pays=[],
)  # fmt: skip
days = st.dates(min_value=dt.date(2026, 1, 1), max_value=dt.date(2026, 3, 31))


def row(**changes) -> Attempt:
    return msgspec.structs.replace(ROW, **changes)


def known(version: Version | None = VERSION, **facts) -> Known:
    """``facts`` are of Known; the rest is as it was at the attempt."""
    versions = {} if version is None else {(version.source_type, version.source_id): version}
    return Known(versions=versions, **{"settings": "as it was", **facts})


def changed(**changes) -> Version:
    return msgspec.structs.replace(VERSION, **changes)


def decided(about: tuple[str, str], at: dt.datetime):
    return {about: NewestDecision(*about, 12, at)}


@pytest.mark.parametrize(
    ("case", "attempt", "facts", "is_released"),
    [
        ("nothing happened", row(), known(), False),
        ("gone from RentAxis", row(), known(None), False),
        ("changed since", row(), known(changed(changed_at=NOON + HOUR)), True),
        ("payer changed since", row(), known(changed(party_changed_at=NOON + HOUR)), True),
        ("changed while the run was reading", row(), known(changed(changed_at=NOON - OVERLAP / 2)), True),
        ("changed well before the run", row(), known(changed(changed_at=NOON - 2 * OVERLAP)), False),
        ("decided about it", row(), known(decisions=decided(BILL, NOON + HOUR)), True),
        ("decided about its payer", row(), known(decisions=decided(PAYER, NOON + HOUR)), True),
        ("decided before", row(), known(decisions=decided(PAYER, NOON - HOUR)), False),
        ("decided about another", row(), known(decisions=decided(("tenant", "8"), NOON + HOUR)), False),
        ("its payer arrived", row(reason_code="waiting_for_parent"), known(links={PAYER: NOON + HOUR}), True),
        (
            "its payer was there",
            row(reason_code="waiting_for_parent"),
            known(links={PAYER: NOON - HOUR}),
            False,
        ),
        ("its payer was updated, it waits for nothing", row(), known(links={PAYER: NOON + HOUR}), False),
        ("a mapping is another", row(reason_code="missing_mapping"), known(settings="mended"), True),
        ("a list is another", row(reason_code="inactive_reference"), known(settings="mended"), True),
        ("the books are open again", row(reason_code="closed_period"), known(settings="mended"), True),
        ("a mapping is another, it failed for something else", row(), known(settings="mended"), False),
        ("the mappings are the same", row(reason_code="missing_mapping"), known(), False),
        ("its mappings were not noted", row(reason_code="missing_mapping", settings=""), known(), False),
        ("its run never got to it", row(reason_code="not_reached"), known(), True),
        (
            "the guard held it back",
            row(reason_code="held_back"),
            known(changed(changed_at=NOON + HOUR)),
            False,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_releases_a_row(case: str, attempt: Attempt, facts: Known, is_released: bool) -> None:
    assert (released(attempt, facts) is not None) is is_released


def test_a_payment_waits_for_all_of_its_invoices_and_its_payer() -> None:
    waiting = row(source_type="payment", reason_code="waiting_for_parent")
    version = changed(source_type="payment", pays=["1", "2"])
    there = {PAYER: LONG_AGO, ("invoice", "1"): NOON + HOUR}
    assert released(waiting, known(version, links=there)) is None
    assert released(waiting, known(version, links={**there, ("invoice", "2"): LONG_AGO})) is not None


def test_the_rest_of_a_payment_goes_as_soon_as_one_of_its_invoices_has_arrived() -> None:
    """Not for an invoice that it is applied to already, however often that is pushed again."""
    partly = row(source_type="payment", status="created", reason_code="applied_in_part")
    version = changed(source_type="payment", pays=["1", "2", "3"])
    applied = {partly.key: {("invoice", "1")}}
    pushed_again = {PAYER: NOON + HOUR, ("invoice", "1"): NOON + HOUR}
    assert released(partly, known(version, links=pushed_again, applied=applied)) is None
    arrived = {**pushed_again, ("invoice", "2"): NOON + HOUR}
    assert released(partly, known(version, links=arrived, applied=applied)) is not None
    old = {("invoice", "2"): LONG_AGO}  # the last run saw it, and did not apply it
    assert released(partly, known(version, links=old, applied=applied)) is None


def test_the_credit_of_a_payment_goes_to_its_refund_once_that_has_arrived_and_holds_nothing_else_up() -> None:
    partly = row(source_type="payment", status="skipped", reason_code="applied_in_part")
    version = changed(source_type="payment", pays=["1", "refund/5"])
    applied = {partly.key: {("invoice", "1")}}
    there = {PAYER: LONG_AGO, ("invoice", "1"): LONG_AGO}
    assert released(partly, known(version, links=there, applied=applied)) is None
    arrived = {**there, ("refund", "5"): NOON + HOUR}
    assert released(partly, known(version, links=arrived, applied=applied)) is not None
    taken = {partly.key: {("invoice", "1"), ("refund", "5")}}
    assert released(partly, known(version, links=arrived, applied=taken)) is None
    waiting = row(source_type="payment", reason_code="waiting_for_parent")
    assert released(waiting, known(version, links={**there, PAYER: NOON + HOUR})) is not None


def test_a_payment_that_waits_for_its_customer_does_not_wait_for_its_invoices_where_money_is_not_held() -> (
    None
):
    waiting = row(source_type="payment", reason_code="waiting_for_parent")
    version = changed(source_type="payment", pays=["1"])
    there = {PAYER: NOON + HOUR}
    assert released(waiting, known(version, links=there)) is None
    assert released(waiting, known(version, links=there, waits_for_all=False)) is not None


def test_a_held_payment_whose_invoice_could_not_come_goes_when_it_has_come_after_all() -> None:
    held = row(source_type="payment", reason_code="invalid_value")
    version = changed(source_type="payment", pays=["1"])
    there = {PAYER: LONG_AGO, ("invoice", "1"): NOON + HOUR}
    assert released(held, known(version, links=there)) is not None
    assert released(held, known(version, links={PAYER: LONG_AGO})) is None


def test_the_payment_of_a_bill_is_released_with_its_expense_and_waits_for_the_bill() -> None:
    version = changed(source_type="expense", party_type="vendor", party_id="3", party_changed_at=None)
    waiting = row(source_type="expense_payment", reason_code="waiting_for_parent")
    vendor, bill = {("vendor", "3"): LONG_AGO}, {("expense", "1"): NOON + HOUR}
    assert released(waiting, known(version, links=vendor)) is None
    assert released(waiting, known(version, links={**vendor, **bill})) is not None
    decision = decided(("expense", "1"), NOON + HOUR)
    assert released(waiting, known(version, decisions=decision)) is not None


def test_a_vendor_known_by_name_alone_is_known_by_its_folded_name() -> None:
    version = changed(source_type="expense", party_type="vendor", party_id=None, party_name="Elm  PLUMBING")
    decision = decided(("vendor", "name:elm plumbing"), NOON + HOUR)
    assert released(row(source_type="expense"), known(version, decisions=decision)) is not None


def test_another_cause_is_another_version() -> None:
    """So that what happens later is counted anew."""
    waiting = row(reason_code="waiting_for_parent")
    texts = {
        released(waiting, known(changed(changed_at=NOON + HOUR))),
        released(waiting, known(changed(changed_at=NOON + 2 * HOUR))),
        released(waiting, known(links={PAYER: NOON + HOUR})),
        released(waiting, known(decisions=decided(PAYER, NOON + HOUR))),
        released(row(reason_code="missing_mapping"), known(settings="mended")),
        released(row(reason_code="missing_mapping"), known(settings="mended again")),
    }
    assert len(texts) == 6


def test_a_payer_goes_through_on_the_day_of_the_record_that_needed_it() -> None:
    """A tenant of long ago failed with an invoice of May; its own day was never chosen. An invoice goes by its present date."""
    tenant = row(source_type="tenant", source_id="7")
    of_tenant = changed(source_type="tenant", source_id="7", day=dt.date(2020, 1, 1), changed_at=NOON + HOUR)
    (found,) = fixed_records([tenant], known(of_tenant), {}, NOON + HOUR, 3)
    assert (found.day, found.pushed_as) == (DAY, "invoices")
    moved = changed(day=dt.date(2026, 5, 9), changed_at=NOON + HOUR)
    (found,) = fixed_records([row()], known(moved), {}, NOON + HOUR, 3)
    assert found.day == dt.date(2026, 5, 9)


def a_try(version: str = "v", tries: int = 1, at: dt.datetime = NOON) -> Try:
    return Try(
        realm="1", sensor="s", subject_type="invoice", subject_id="1", version=version, tries=tries, requested_at=at
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tried", "attempted_at", "now", "expected"),
    [
        (None, None, NOON, 1),
        (a_try("another"), NOON - HOUR, NOON, 1),
        (a_try(), NOON + HOUR, NOON + 2 * HOUR, "never"),  # tried as it is, in vain
        (a_try(), NOON - HOUR, NOON + PAUSE / 2, "later"),  # its run may be on its way
        (a_try(), NOON - HOUR, NOON + PAUSE, 2),
        (a_try(tries=2), NOON - HOUR, NOON + PAUSE, "later"),
        (a_try(tries=2), NOON - HOUR, NOON + 3 * PAUSE, 3),
        (a_try(tries=3), NOON - HOUR, NOON + 100 * HOUR, "never"),  # three were allowed
    ],
)
def test_when_the_next_try_is_due(tried, attempted_at, now: dt.datetime, expected) -> None:
    assert next_try("v", tried, attempted_at, now, 3) == expected


@given(st.lists(st.timedeltas(dt.timedelta(), dt.timedelta(days=2)), max_size=60), st.integers(1, 10))
def test_however_often_it_is_looked_at_a_version_is_never_tried_more_than_allowed(waits, most: int) -> None:
    """Runs that never reach the row, and ticks at any times."""
    now, tried, times = NOON, None, 0
    for wait in waits:
        now += wait
        number = next_try("v", tried, None, now, most)
        if isinstance(number, int):
            times += 1
            assert number == times
            tried = a_try(tries=number, at=now)
    assert times <= most


@given(
    st.lists(st.tuples(days, st.sampled_from(RECORD_TYPES))),
    st.dictionaries(days, st.sets(st.sampled_from(RECORD_TYPES), min_size=1)),
)
def test_runs_bring_everything_wanted_and_never_a_type_that_nobody_chose(wanted, pushed) -> None:
    """Wanted is only what was pushed before; each is in a run; each run's days and types were pushed, all of them."""
    wanted = [(day, record_type) for day, record_type in wanted if record_type in pushed.get(day, ())]
    runs = ranges_of(wanted, pushed)
    assert all(any(run.holds(*one) for run in runs) for one in wanted)
    wanted_days = {day for day, _ in wanted}
    for run in runs:
        assert len(run.record_types) in (1, len(RECORD_TYPES))
        for day in run.days:
            assert day in wanted_days
            # A day of which every company's types were pushed was pushed whole.
            assert set(run.record_types) <= pushed[day] or set(BASIC_TYPES) <= pushed[day]


PAPER_ROW = row(source_type="paper", source_id="9", pushed_as="papers", reason_code="waiting_for_parent")
PAPER_VERSION = changed(
    source_type="paper",
    source_id="9",
    party_type=None,
    party_id=None,
    party_changed_at=None,
    pays=["expense/3"],
)


@pytest.mark.parametrize(
    ("attempt", "facts", "is_released"),
    [
        (PAPER_ROW, known(PAPER_VERSION), False),
        (PAPER_ROW, known(PAPER_VERSION, links={("expense", "3"): NOON + HOUR}), True),
        (PAPER_ROW, known(PAPER_VERSION, links={("invoice", "3"): NOON + HOUR}), False),
        (msgspec.structs.replace(PAPER_ROW, reason_code="paper_unfit"), known(PAPER_VERSION), False),
        (msgspec.structs.replace(PAPER_ROW, reason_code="paper_unreadable"), known(PAPER_VERSION), True),
    ],
)
def test_what_releases_a_file(attempt: Attempt, facts: Known, is_released: bool) -> None:
    """Its record arriving in QuickBooks; that it could not be read, which may pass by itself; not that it is of a wrong kind."""
    assert (released(attempt, facts) is not None) is is_released


def test_a_file_that_cannot_be_read_is_tried_a_few_times() -> None:
    """With longer pauses each time, and no more often than any other row."""
    unread = msgspec.structs.replace(PAPER_ROW, reason_code="paper_unreadable")
    facts = known(PAPER_VERSION)
    assert not fixed_records([unread], facts, {}, NOON, 3)  # right after the run
    (wanted,) = fixed_records([unread], facts, {}, NOON + PAUSE, 3)
    assert (wanted.key, wanted.pushed_as, wanted.tries) == (("paper", "9"), "papers", 1)
    tried = {wanted.key: Try(
            realm="1", sensor="fixed_records", subject_type="paper", subject_id="9", version=wanted.version,
            tries=3, requested_at=NOON + PAUSE,
        )
    }  # fmt: skip
    assert not fixed_records([unread], facts, tried, NOON + 100 * HOUR, 3)
