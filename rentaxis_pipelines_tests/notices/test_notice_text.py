"""When a notice is due, and that it holds no name and no amount unless that is switched on."""

from decimal import Decimal

import msgspec
import pytest

from rentaxis_pipelines.notices.facts import Counted, Facts
from rentaxis_pipelines.notices.text import is_due, is_trouble, message
from rentaxis_pipelines.settings import Notice

GOOD = Facts(
    run_id="f00d", company="elm", job="bulk_sync", first_day="2026-11-21", last_day="2026-11-21", ended="success", nightly=True,
    counted=[
        Counted("invoices", "created", None, 3, Decimal("3600.00")),
        Counted("invoices", "skipped", "waiting_for_parent", 1, Decimal("50.00")),
    ],
)  # fmt: skip
BAD = msgspec.structs.replace(
    GOOD,
    counted=[*GOOD.counted, Counted("invoices", "failed", "missing_mapping", 2, Decimal("1234.56"))],
    details=["Invoice INV-7 (Ana Ruiz), 1,234.56: No item for Parking."],
    error="Invoice INV-7 of Ana Ruiz, 1,234.56",
)
FAILED = msgspec.structs.replace(GOOD, ended="failure", nightly=False)
STOPPED = msgspec.structs.replace(GOOD, ended="canceled")
WAITS = msgspec.structs.replace(
    GOOD, counted=[Counted("customers", "skipped", "waiting_for_confirmation", 1, Decimal(0))]
)
WRONG = msgspec.structs.replace(GOOD, checks_failed=["sync_results run_adds_up"])
ENDS = msgspec.structs.replace(
    GOOD, connection="The connection to QuickBooks company 9130 ends on 2026-12-01."
)
PLANNED = msgspec.structs.replace(
    GOOD, counted=[Counted("invoices", "skipped", "preview", 3, Decimal("3600.00"))], plan="1a2b3c4d"
)
LOST = msgspec.structs.replace(GOOD, ledger=False, counted=[])


@pytest.mark.parametrize(
    ("facts", "trouble", "when_trouble", "when_always"),
    [
        (GOOD, False, False, True),
        (BAD, True, True, True),
        (WAITS, True, True, True),
        (WRONG, True, True, True),
        (ENDS, True, True, True),
        (PLANNED, True, True, True),
        (LOST, True, True, True),
        (STOPPED, True, True, True),
        (FAILED, True, True, True),
        (msgspec.structs.replace(BAD, nightly=False), True, False, False),
        (msgspec.structs.replace(STOPPED, nightly=False), True, False, False),
    ],
)
def test_nightly_runs_are_told_of_by_what_is_chosen_and_any_run_that_failed(
    facts, trouble, when_trouble, when_always
):
    """A record that waits for its invoice heals by itself and is no trouble; one that waits for a person is."""
    assert is_trouble(facts) == trouble
    assert is_due(facts, Notice(when="trouble")) == when_trouble
    assert is_due(facts, Notice(when="always")) == when_always
    assert not is_due(facts, Notice(when="never"))


@pytest.mark.parametrize(
    "facts",
    [
        GOOD,
        BAD,
        FAILED,
        STOPPED,
        WAITS,
        WRONG,
        ENDS,
        PLANNED,
        LOST,
        msgspec.structs.replace(BAD, ended="failure"),
    ],
)
def test_a_notice_holds_no_name_and_no_amount_unless_that_is_switched_on(facts):
    """Neither in the mail nor in what the web call carries."""
    said = message(facts, Notice())
    everything = f"{said.subject} {said.body} {said.payload}"
    for secret in ("Ruiz", "INV-7", "Parking", "1,234.56", "1234.56", "3,600", "3600"):
        assert secret not in everything
    assert "Decimal" not in everything


def test_a_plan_that_waits_for_an_approval_is_said_with_what_to_do():
    """The company wants to approve its runs: the night sent nothing, and somebody has to know."""
    said = message(PLANNED, Notice())
    assert said.subject.endswith("needs an approval (plan 1a2b3c4d)")
    assert "Nothing was sent: plan 1a2b3c4d waits for your approval." in said.body
    assert "rentaxis-sync approve 1a2b3c4d" in said.body
    assert said.payload["plan"] == "1a2b3c4d"


def test_a_connection_that_ends_soon_is_said_though_all_went_through():
    said = message(msgspec.structs.replace(ENDS, counted=GOOD.counted[:1]), Notice())
    assert said.subject.endswith("nightly run for 2026-11-21 needs review")
    assert "\n\nThe connection to QuickBooks company 9130 ends on 2026-12-01.\n\n" in said.body
    assert said.payload["connection"] == ENDS.connection


def test_a_notice_with_details_names_records_and_amounts():
    said = message(BAD, Notice(include_details=True))
    assert "3 created (3,600.00)" in said.body
    assert "Ana Ruiz" in said.body
    assert said.payload["rows"][-1]["money"] == "1234.56"


def test_what_a_person_reads_first():
    """The subject says which nights and how it went; the body the causes, in an accountant's words, and where to look further."""
    said = message(BAD, Notice(dagster_url="https://dagster.example.com/"))
    assert (
        said.subject
        == "RentAxis to QuickBooks, elm: nightly run for 2026-11-21 left 3 records to review (2 failed, 1 waiting)"
    )
    assert "invoices: 3 created, 0 updated, 1 skipped, 2 failed" in said.body
    assert "- invoices: 2 records. The company file does not say where this goes in QuickBooks." in said.body
    assert "https://dagster.example.com/runs/f00d" in said.body
    assert "\n\n\n" not in said.body
    assert said.payload["link"] == "https://dagster.example.com/runs/f00d"
    assert message(GOOD, Notice()).subject.endswith("left 1 record to review (1 waiting)")
    assert (
        "- invoices: 1 record. A record this one depends on is not in QuickBooks yet."
        in message(GOOD, Notice()).body
    )
    done = msgspec.structs.replace(GOOD, counted=GOOD.counted[:1])
    assert message(done, Notice()).subject.endswith("nightly run for 2026-11-21 succeeded")
    assert message(FAILED, Notice()).subject.endswith(
        "run of bulk_sync for 2026-11-21 failed before it finished"
    )
