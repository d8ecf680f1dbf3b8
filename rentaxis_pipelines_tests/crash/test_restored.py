"""The short form: ledgers copied at a few points of a push, and lost; ``make crash`` copies one at every point."""

import subprocess
import sys
from pathlib import Path

from rentaxis_pipelines_tests.crash.restored import POLICIES, cases

ROOT = Path(__file__).parents[2]
STRIDE = 60


def test_no_restored_and_no_lost_ledger_doubles_or_changes_a_row():
    """Under each policy for objects of others, with request ids ignored and numbers taken twice: 0 doubled, 0 cents off, and the run
    after writes nothing.
    """
    command = [sys.executable, "-m", "rentaxis_pipelines_tests.crash.restored", "--stride", str(STRIDE)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
    assert "0 went wrong" in ended.stdout


def test_each_policy_meets_a_lost_ledger_and_one_from_the_middle_whether_rentaxis_moved_on_or_not() -> None:
    chosen = list(cases(STRIDE))
    assert {(policy, then) for policy, _, point, then in chosen if point is None} == {
        (policy, then) for policy in POLICIES for then in ("same", "moved on")
    }
    assert {(policy, then) for policy, _, point, then in chosen if point is not None} == {
        (policy, then) for policy in POLICIES for then in ("same", "moved on")
    }
    assert {switch for _, switch, _, _ in chosen} == {"ignored"}
