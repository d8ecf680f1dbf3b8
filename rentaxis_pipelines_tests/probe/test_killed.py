"""A probe whose process is killed goes on where it was, and takes away what it left."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from rentaxis_pipelines.probe.cleanup import INACTIVE
from rentaxis_pipelines.probe.journal import NAME, open_journal
from rentaxis_pipelines.quickbooks.faults import CompanyUnavailable

# A process of its own, without ledger and settings: how the command comes to them is under test in test_command.
PROGRAM = """
import sys, time
from pathlib import Path
from rentaxis_pipelines.probe.catalogue import CATALOGUE
from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.cleanup import INACTIVE
from rentaxis_pipelines.probe.journal import open_journal
from rentaxis_pipelines.probe.redact import Redaction
from rentaxis_pipelines.probe.run import run
from rentaxis_pipelines.probe.wire import Wire
from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import RealmAddress
from rentaxis_pipelines.quickbooks.limits import Limits

folder, url, realm, token, *numbers = sys.argv[1:]
wire = Wire(RealmAddress(url, realm), FixedToken(token), limits=Limits.off(), wait=time.sleep)
company = ProbeCompany(wire, open_journal(Path(folder), url, realm), wait=time.sleep, hand=print)
run(company, [one for one in CATALOGUE if str(one.number) in numbers], Redaction(realm, ""), Path(folder))
"""
NUMBERS = (1, 3, 7, 12, 14, 16)


def command(folder, emulator):
    arguments = [str(folder), emulator.base_url, emulator.realm_id, emulator.access_token, *map(str, NUMBERS)]
    return [sys.executable, "-c", PROGRAM, *arguments]


def killed_after(folder, lines, emulator):
    """Start the command and kill it as soon as the journal has so many lines more, in the middle of whatever it does then."""
    journal = folder / NAME
    before = journal.read_bytes().count(b"\n") if journal.exists() else 0
    process = subprocess.Popen(command(folder, emulator), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
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


def test_killed_three_times_it_finishes_and_cleans_up(bench):
    """Also what was made by a call whose answer the process did not live to read."""
    emulator = bench.emulator
    bench.control("switches", {"latency_ms": 10})  # so that a kill falls into a call
    before = bench.counts()
    for lines in (8, 17, 30):
        killed_after(bench.folder, lines, emulator)
    done = subprocess.run(command(bench.folder, emulator), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    journal = open_journal(bench.folder, emulator.base_url, emulator.realm_id)
    assert sorted(journal.seen) == list(NUMBERS)
    assert journal.attempt == 4
    assert not journal.still_there
    assert {one.left for one in journal.left} == {INACTIVE}
    left = Counter(one.entity for one in journal.left)
    assert bench.counts() == {name: before.get(name, 0) + left[name] for name in {*before, *left}}


@pytest.mark.parametrize("entity", ["Invoice", "Payment", "BillPayment", "Customer"])
def test_what_was_made_without_an_answer_is_found_and_taken_away(bench, by_number, entity):
    """The connection is cut after the call was carried out: the journal holds the name or number alone."""
    before = bench.counts()
    bench.control("faults", {"action": "lose_answer", "entity": entity, "times": 1, "nth": 1})
    outcome = bench.probe([by_number(7), by_number(12), by_number(14)])
    assert any(not seen.told for seen in outcome.journal.seen.values())
    left = Counter(one.entity for one in outcome.journal.left)
    assert bench.counts() == {name: before.get(name, 0) + left[name] for name in {*before, *left}}


def test_a_company_that_lets_nobody_in_stops_the_probe_which_goes_on_later(bench, by_number):
    """The subscription ends in the middle: what was made is still known, and taken away once it can be."""
    before = bench.counts()
    experiments = [by_number(7), by_number(9)]
    bench.control("faults", {"action": "answer", "entity": "Payment", "code": "6190", "times": 1})
    with pytest.raises(CompanyUnavailable):
        bench.probe(experiments)
    assert bench.counts() != before
    outcome = bench.probe(experiments)
    assert sorted(outcome.journal.seen) == [7, 9]
    left = Counter(one.entity for one in outcome.journal.left)
    assert bench.counts() == {name: before.get(name, 0) + left[name] for name in {*before, *left}}


def test_a_throttle_is_waited_for_and_seen_by_no_experiment(bench, by_number):
    bench.control("faults", {"action": "answer", "code": "3001", "nth": 5, "times": 3})
    outcome = bench.probe([by_number(9)])
    assert outcome.journal.seen[9].told
    assert outcome.journal.seen[9].as_expected
