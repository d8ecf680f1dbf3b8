"""Files when something goes wrong on the way: lost answers, refusals, a server that is down, a ledger that was restored.

Whether an upload may be repeated under its request id is not published (entity reference, Attachable), so what has no answer is looked for
by its name and note before it is sent again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rentaxis_pipelines_tests.support.accountant import Accountant, one
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords

SCAN = b"\x89PNG\r\n\x1a\n--boundary\r\nnot a picture, but bytes of every kind: \x00\xff"


@pytest.fixture
def kept(
    chain: Chain, rentaxis: RentAxisRecords, accountant: Accountant, tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """An expense with a file; their ids. The company pushes files, and QuickBooks behaves again at first."""
    accountant.control("faults", {"clear": True})
    accountant.control("switches", {"requestid": "ignored"})
    chain.company = chain.company.model_copy(
        update={"also_push": ("papers",), "papers_folder": str(tmp_path)}
    )

    def keep(**columns: Any) -> tuple[int, str]:
        (tmp_path / "scan.png").write_bytes(SCAN)
        expense = rentaxis.expense("44.00")
        location = columns.pop("location", "scan.png")
        return expense, str(
            rentaxis.paper(("expense", expense), SCAN, location, **{"file_name": "scan.png", **columns})
        )

    return keep


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "lose_answer"},
        {"action": "lose_answer", "times": 2},
        {"action": "reset"},
        {"action": "answer", "status": 504, "body": "", "commit": True},
        {"action": "answer", "status": 503, "body": ""},
        {"action": "answer", "status": 200, "body": {"AttachableResponse": [{}]}, "commit": True},
        {"action": "answer", "status": 200, "body": {"AttachableResponse": [{}]}},
        {"action": "answer", "code": "3001"},
    ],
)
def test_an_answer_is_lost_and_the_file_is_there_once(
    sync, accountant: Accountant, kept, rule: dict[str, Any]
) -> None:
    """Carried out or not: after the run, or the next one, the file is attached once."""
    expense, paper = kept()
    accountant.control("faults", {"operation": "upload", **rule})
    sync()
    result = sync()["paper", paper]
    assert (result.status, result.reason_code) == ("skipped", "unchanged")
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == SCAN


def test_quickbooks_refuses_the_file(sync, accountant: Accountant, kept) -> None:
    """The row says what QuickBooks said, the expense is booked, and the next run tries again."""
    expense, paper = kept()
    fault = {
        "Fault": {
            "Error": [{"Message": "No", "Detail": "The file is damaged", "code": "6000"}],
            "type": "ValidationFault",
        }
    }
    accountant.control(
        "faults",
        {"operation": "upload", "action": "answer", "status": 200, "body": {"AttachableResponse": [fault]}},
    )
    results = sync()
    assert results["expense", str(expense)].status == "created"
    assert results["paper", paper].reason_code == "rejected"
    assert "The file is damaged" in (results["paper", paper].reason or "")
    assert sync()["paper", paper].status == "created"


def test_deleted_but_the_answer_is_lost(rentaxis, sync, accountant: Accountant, kept) -> None:
    """A deletion that QuickBooks carried out is not tried at something else, and the row is done."""
    expense, paper = kept()
    sync()
    rentaxis.erase("papers", int(paper))
    accountant.control("faults", {"operation": "batch", "entity": "Attachable", "action": "lose_answer"})
    assert sync()["paper", paper].status == "updated"
    assert accountant.papers_of(accountant.of("expense", expense)) == []


def test_the_file_changes_between_the_plan_and_the_upload(
    sync, chain: Chain, accountant: Accountant, kept, tmp_path: Path
) -> None:
    """Other bytes than those that were planned are not attached."""
    expense, paper = kept(sha256=None, size_bytes=None)
    plan = chain.preview()
    (tmp_path / "scan.png").write_bytes(b"other bytes")
    assert chain.approve(plan)["paper", paper].reason_code in ("changed_since_preview", "paper_unfit")
    assert accountant.papers_of(accountant.of("expense", expense)) == []


def test_a_ledger_that_was_restored(sync, chain: Chain, accountant: Accountant, kept) -> None:
    """A ledger that knows nothing of the file finds it in QuickBooks by its note, and attaches no second one."""
    expense, paper = kept()
    sync()
    with psycopg.connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        connection.execute(
            "delete from ledger.links where source_type = 'paper' and source_id = %s", (paper,)
        )
        connection.execute("delete from ledger.settled_records where source_id = %s", (paper,))
    result = sync()["paper", paper]
    assert (result.status, result.reason_code) == ("skipped", "unchanged")
    assert sync(full=True)["paper", paper].reason_code == "unchanged"
    assert len(accountant.papers_of(accountant.of("expense", expense))) == 1


def test_no_secret_of_an_address_is_kept(
    rentaxis, sync, chain: Chain, accountant: Accountant, kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address with a key in it is asked for when it is needed: it stands in no plan, request, result or link."""
    expense, paper = kept(location="https://127.0.0.1/scan.png?sig=T0PSECRET")
    assert sync()["paper", paper].reason_code == "paper_unfit"
    rentaxis.change("papers", int(paper), location="scan.png")
    assert sync()["paper", paper].status == "created"
    with psycopg.connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'ledger' and table_type = 'BASE TABLE'"
        ).fetchall()
        for (table,) in tables:
            held = connection.execute(
                f"select count(*) from ledger.{table} t where t::text like '%T0PSECRET%'"
            ).fetchone()
            assert held == (0,), table
    assert accountant.papers_of(accountant.of("expense", expense))
