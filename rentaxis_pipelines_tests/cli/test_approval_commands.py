"""``preview`` shows and stores, ``approve`` pushes exactly that, once; what cannot be done is one sentence, exit code 2, nothing sent."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
import requests
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main

RANGE = ["--from", "2026-05-01", "--to", "2026-05-02"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def sent(stack: Emulator) -> int:
    """How many requests that write QuickBooks was sent so far."""
    counts = requests.get(f"{stack.base_url}/_emulator/counts", timeout=60).json()
    return counts["writes"] + counts["batches"]


def previews(database: str) -> list[tuple[str, str]]:
    """Id and state of every stored plan, newest first."""
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select preview_id, state from ledger.previews order by created_at desc"
        ).fetchall()


def test_a_preview_ends_with_how_to_approve_it_and_its_approval_writes_what_was_shown(
    stack: Emulator, database: str, tmp_path: Path
) -> None:
    """The same days, types and files as the plan shows them; approved by 8 characters; a second approval is refused."""
    file = tmp_path / "plan.csv"
    looked = run("preview", *RANGE, "--types", "invoices,payments", "--csv", str(file))
    assert looked.exit_code in (0, 1), looked.output
    ((plan, state),) = previews(database)
    assert state == "planned"
    assert (
        looked.output.rstrip().splitlines()[-1] == f"To push exactly this: rentaxis-sync approve {plan[:8]}"
    )
    assert sent(stack) == 0
    with file.open(encoding="utf-8-sig", newline="") as opened:
        assert {"invoices", "payments"} <= {row["record_type"] for row in csv.DictReader(opened)}

    pushed = run("approve", plan[:8], "--json")
    assert pushed.exit_code in (0, 1), pushed.output
    (done,) = json.loads(pushed.stdout)["runs"]
    assert done["results"]["invoices"]["created"] > 0
    assert "expenses" not in {name for name, group in done["results"].items() if group["created"]}
    assert previews(database) == [(plan, "done")]

    before = sent(stack)
    again = run("approve", plan[:8])
    assert again.exit_code == 2
    assert "A plan is pushed once" in again.output
    assert sent(stack) == before


def test_a_preview_of_everything_and_of_what_force_would_write(stack: Emulator, database: str) -> None:
    """All types are one plan of one run; ``--json`` prints the plan; a range without records has nothing to push."""
    looked = run("preview", *RANGE, "--force", "--json")
    assert looked.exit_code in (0, 1), looked.output
    json.loads(looked.stdout)
    with psycopg.connect(database) as connection:
        asked = connection.execute("select request from ledger.previews").fetchall()
    assert [(request["force"], len(request["days"])) for (request,) in asked] == [(True, 1)]
    empty = run("preview", "--from", "2026-01-05", "--to", "2026-01-06", "--types", "expenses")
    assert empty.exit_code == 0, empty.output
    assert empty.output.rstrip().endswith("There is nothing to push.")


def test_rows_are_chosen_by_name_and_those_left_out_say_so(stack: Emulator, database: str) -> None:
    """``--only`` may be repeated or hold commas."""
    run("preview", *RANGE)
    ((plan, _),) = previews(database)
    pushed = run("approve", plan, "--only", "customers", "--only", "expenses, vendors", "--json")
    assert pushed.exit_code in (0, 1), pushed.output
    (done,) = json.loads(pushed.stdout)["runs"]
    assert done["results"]["expenses"]["created"] > 0
    assert done["results"]["invoices"]["created"] == 0
    rows = json.loads(run("results", "--json").stdout)
    left_out = {row["record_type"] for row in rows if row["reason_code"] == "not_approved"}
    assert "invoices" in left_out


WRONG: list[tuple[str, Sequence[str], str]] = [
    ("an unknown plan", ["approve", "ffffffff"], "There is no plan ffffffff"),
    ("no plan", ["approve", ""], "Which plan?"),
    ("too little of a plan", ["approve", "fff"], "at least its first 4 characters"),
    ("both ways to choose", ["approve", "{plan}", "--only", "invoices", "--without", "expenses"], "not both"),
    ("only nothing", ["approve", "{plan}", "--only", ""], "--only is empty"),
    ("without nothing", ["approve", "{plan}", "--without", " , "], "names no rows"),
    ("a row it does not have", ["approve", "{plan}", "--only", "INV-999999"], "is none of the rows"),
    ("another company's plan", ["approve", "beef"], "belongs to another QuickBooks company"),
    ("an unknown run", ["undo", "ffffffff"], "no run whose id begins with 'ffffffff'"),
    ("no run", ["undo", ""], "at least the first 4 characters"),
    ("a preview undone", ["undo", "{plan}"], "was a preview: it wrote nothing"),
    ("another company's run", ["undo", "beef", "--preview"], "pushed to another QuickBooks company"),
    ("undo only nothing", ["undo", "{plan}", "--only", ","], "names no rows"),
    ("a file of no plan", ["undo", "{plan}", "--csv", "rows.csv"], "use them with --preview"),
    ("a preview from after to", ["preview", "--from", "2026-05-07", "--to", "2026-05-01"], "Swap the two"),
    ("a preview of no type", ["preview", *RANGE, "--types", "leases"], "'leases' is not a record type"),
]  # fmt: skip


def test_what_cannot_be_approved_or_undone_is_one_sentence_and_sends_nothing(
    stack: Emulator, database: str
) -> None:
    """Exit code 2; the stored plan stays as it was, to be approved as it was seen."""
    run("preview", *RANGE, "--types", "expenses")
    ((plan, _),) = previews(database)
    with psycopg.connect(database) as connection:
        connection.execute(
            """insert into ledger.previews (preview_id, realm, requested_by, request, why, created_at, state)
               select 'beef' || preview_id, 'another', requested_by, request, why, created_at, state from ledger.previews"""
        )
        connection.execute(
            """insert into ledger.plans select (jsonb_populate_record(p, jsonb_build_object('plan_id', 'beef' || plan_id,
                 'run_id', 'beef' || run_id, 'realm', 'another'))).* from ledger.plans p"""
        )
    for case, arguments, sentence in WRONG:
        refused = run(*(word.replace("{plan}", plan) for word in arguments))
        assert refused.exit_code == 2, (case, refused.output)
        assert sentence in refused.output, (case, refused.output)
        assert "Traceback" not in refused.output
    assert sent(stack) == 0
    assert (plan, "planned") in previews(database)


def test_a_superseded_or_old_plan_is_not_pushed(stack: Emulator, database: str) -> None:
    for _ in range(2):
        run("preview", *RANGE, "--types", "expenses")
    (newer, _), (older, state) = previews(database)
    assert state == "superseded"
    refused = run("approve", older)
    assert refused.exit_code == 2
    assert f"superseded by plan {newer[:8]}" in refused.output
    with psycopg.connect(database) as connection:
        connection.execute("update ledger.previews set created_at = created_at - interval '40 days'")
    old = run("approve", newer)
    assert old.exit_code == 2
    assert "policies.preview_days" in old.output
    assert sent(stack) == 0


@pytest.mark.parametrize("flag", ["--preview", "--dry-run"])
def test_bulk_still_previews_by_either_name_and_says_how_to_push_it(
    stack: Emulator, database: str, flag: str
) -> None:
    looked = run("bulk", *RANGE, "--types", "expenses", flag)
    assert looked.exit_code in (0, 1), looked.output
    ((plan, _),) = previews(database)
    assert f"rentaxis-sync approve {plan[:8]}" in looked.output
    assert sent(stack) == 0


def test_a_run_is_taken_back_after_a_look_at_what_that_would_do(stack: Emulator, database: str) -> None:
    """The preview of an undo is a plan to approve; undone at once it ends with its results, and a second time there is nothing left."""
    run("bulk", *RANGE, "--types", "expenses")
    with psycopg.connect(database) as connection:
        (pushed,) = connection.execute("select distinct run_id from ledger.plans").fetchone() or ("",)
    before = sent(stack)
    looked = run("undo", pushed[:8], "--preview")
    assert looked.exit_code in (0, 1), looked.output
    ((plan, _),) = previews(database)
    assert (
        looked.output.rstrip().splitlines()[-1] == f"To push exactly this: rentaxis-sync approve {plan[:8]}"
    )
    assert sent(stack) == before
    undone = run("undo", pushed[:8], "--json")
    assert undone.exit_code in (0, 1), undone.output
    assert json.loads(undone.stdout)["runs"][0]["run_id"] != pushed
    assert sent(stack) > before
    after = sent(stack)
    again = run("undo", pushed[:8])
    assert again.exit_code == 2
    assert "has already been undone" in again.output
    assert sent(stack) == after
