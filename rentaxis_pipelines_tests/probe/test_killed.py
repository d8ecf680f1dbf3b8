"""A probe whose process is killed goes on where it was, and takes away what it left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from rentaxis_pipelines.probe.journal import NAME, open_journal
from rentaxis_pipelines_tests.cli.conftest import COMPANY_FILE
from rentaxis_pipelines_tests.support.connected import connect_environment


def command(folder):
    program = "import sys; from rentaxis_pipelines.cli.main import main; main(sys.argv[1:])"
    only = [word for number in (1, 3, 7, 12, 14, 16, 26) for word in ("--only", str(number))]
    return [
        sys.executable, "-c", program, "probe", "--company-name", "Maple Court Property Management", "--folder", str(folder), *only,
        "--json",
    ]  # fmt: skip


def killed_after(folder, lines):
    """Start the command and kill it as soon as the journal has so many lines more, in the middle of whatever it does then."""
    journal = folder / NAME
    before = journal.read_bytes().count(b"\n") if journal.exists() else 0
    process = subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while process.poll() is None and (
            not journal.exists() or journal.read_bytes().count(b"\n") < before + lines
        ):
            time.sleep(0.001)
        assert process.poll() is None, process.stderr.read().decode()
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_killed_three_times_it_finishes_and_cleans_up(
    monkeypatch, rentaxis_database, database, probe_emulator, bench
):
    """Also what was made by a call whose answer the process did not live to read."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
    connect_environment(monkeypatch, rentaxis_database, database, probe_emulator)
    bench.control("switches", {"latency_ms": 20})  # so that a kill falls into a call
    before = bench.counts()
    for lines in (8, 17, 30):
        killed_after(bench.folder, lines)
    done = subprocess.run(command(bench.folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["number"] for one in told["experiments"]] == [1, 3, 7, 12, 14, 16, 26]
    assert told["to_remove_by_hand"] == []
    assert told["unexplained"] == {}
    left = Counter(one["type"] for one in told["inactive"])
    assert bench.counts() == {name: before.get(name, 0) + left[name] for name in {*before, *left}}
    journal = open_journal(bench.folder, probe_emulator.base_url, probe_emulator.realm_id)
    assert journal.attempt == 4
    assert not journal.still_there


@pytest.mark.parametrize("entity", ["Invoice", "Payment", "BillPayment", "Customer"])
def test_what_was_made_without_an_answer_is_found_and_taken_away(bench, by_number, entity):
    """The connection is cut after the call was carried out: the journal holds the name or number alone."""
    before = bench.counts()
    bench.control("faults", {"action": "lose_answer", "entity": entity, "times": 1, "nth": 1})
    outcome = bench.probe([by_number(7), by_number(12), by_number(14)])
    assert any(not seen.told for seen in outcome.journal.seen.values())
    left = Counter(one.entity for one in outcome.journal.left)
    assert bench.counts() == {name: before.get(name, 0) + left[name] for name in {*before, *left}}
