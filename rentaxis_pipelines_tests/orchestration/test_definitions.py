"""What Dagster loads: that it loads, that loading touches nothing, and that the names people and stored events know stay."""

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rentaxis_pipelines.demo.stack import WHOLE_BOOKS_FILE
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.settings import Scope, load_company

ROOT = Path(__file__).parents[2]
JOBS = {
    "bulk_sync",
    "bulk_sync_force",
    "bulk_sync_preview",
    "decide",
    "push_approved",
    "push_days",
    "push_record",
    "reconcile",
    "undo_run",
}
ASSETS = {
    "matching/customer_matches",
    "quickbooks/customers",
    "quickbooks/lists",
    "rentaxis/expenses",
    "rentaxis/invoices",
    "rentaxis/payments",
    "rentaxis/programs",
    "rentaxis/tenants",
    "reports/drift",
    "reports/open_problems",
    "reports/reconciliation",
    "sync/customers",
    "sync/expenses",
    "sync/invoices",
    "sync/payments",
    "sync_results",
}
# Of a company whose company file names them all (also_push).
MORE_ASSETS = {
    "rentaxis/credit_applications",
    "rentaxis/credits",
    "rentaxis/deposit_settlements",
    "rentaxis/deposits",
    "rentaxis/journal_entries",
    "rentaxis/papers",
    "rentaxis/refunds",
    "sync/credit_applications",
    "sync/credits",
    "sync/deposit_settlements",
    "sync/deposits",
    "sync/journal_entries",
    "sync/papers",
    "sync/refunds",
}


def in_a_fresh_process(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the words in the project's folder with nothing set that connects to anything, but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        words, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def test_dg_check_defs_passes(tmp_path: Path):
    """Dagster's own check of the whole code location, as a person runs it, on an instance of its own."""
    program = Path(sys.executable).with_name("dg")
    done = in_a_fresh_process([str(program), "check", "defs"], DAGSTER_HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All definitions loaded successfully" in done.stdout + done.stderr


def test_loading_touches_no_network_and_no_database():
    """No Python socket connects, no name is looked up, and nobody calls at the addresses of the databases and of QuickBooks.

    The last covers drivers written in C, which Python does not see connecting.
    """
    with socket.create_server(("127.0.0.1", 0)) as everything:
        everything.settimeout(0)
        address = f"127.0.0.1:{everything.getsockname()[1]}"
        done = in_a_fresh_process(
            [sys.executable, "-W", "ignore", "-c", LOAD],
            RENTAXIS_DATABASE_URL=f"postgresql://nobody@{address}/rentaxis",
            PIPELINES_DATABASE_URL=f"postgresql://nobody@{address}/pipelines",
            QUICKBOOKS_BASE_URL=f"http://{address}",
            QUICKBOOKS_AUTH_BASE_URL=f"http://{address}",
            QUICKBOOKS_REALM_ID="1",
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "loaded"
        with pytest.raises(BlockingIOError):
            everything.accept()


LOAD = textwrap.dedent("""
    import sys

    def refuse(event, arguments):
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
            raise AssertionError(f"loading the definitions touched the network: {event} {arguments}")

    sys.addaudithook(refuse)
    from rentaxis_pipelines.definitions import defs

    defs.get_repository_def().load_all_definitions()
    print("loaded")
""")


@pytest.fixture(scope="module")
def repository():
    from rentaxis_pipelines.definitions import defs

    return defs.get_repository_def()


def test_names_of_jobs_and_assets_are_a_contract(repository):
    """Stored runs, materializations, schedules elsewhere and people's bookmarks hold these names: a change is a decision.

    Nothing says which company it is here, so it is the example, whose slug is "company".
    """
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assets = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    assert jobs == {f"{name}__company" for name in JOBS}
    assert assets == {f"company/{path}" for path in ASSETS}
    whole = build_defs([Scope(load_company(WHOLE_BOOKS_FILE))]).resolve_asset_graph()
    assert {"/".join(key.path[1:]) for key in whole.get_all_asset_keys()} == ASSETS | MORE_ASSETS


def test_everything_a_person_sees_in_the_ui_explains_itself(repository):
    """Each job has a description; each asset a description, a group, an owner and the kinds its picture shows."""
    silent = [
        job.name for job in repository.get_all_jobs() if not job.name.startswith("__") and not job.description
    ]
    graph = repository.asset_graph
    silent += [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if not graph.get(key).description
        or graph.get(key).group_name in (None, "default")
        or not graph.get(key).owners
        or not graph.get(key).kinds
    ]
    assert silent == []


def test_every_partitioned_asset_shares_one_calendar_and_one_policy(repository):
    """Otherwise Dagster would split a chosen range into several runs."""
    graph = repository.asset_graph
    partitioned = [graph.get(key) for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned]
    assert partitioned
    assert {asset.backfill_policy.max_partitions_per_run for asset in partitioned} == {None}, (
        "None: all in one run"
    )
    assert len({asset.partitions_def for asset in partitioned}) == 1
