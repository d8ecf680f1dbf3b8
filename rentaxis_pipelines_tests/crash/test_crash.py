"""The short form of the crash harness: a sample of the kill points, and random mixtures of kills and faults."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STRIDE = 61  # every 61st kill point of each scenario, at least one of each; ``make crash`` tries them all, under every switch
SCHEDULES = 120


def test_no_kill_and_no_fault_doubles_loses_or_changes_a_row():
    """About 300 schedules: 0 duplicates, 0 lost rows, 0 cents off, under every behaviour of request ids."""
    command = [
        sys.executable,
        "-m",
        "rentaxis_pipelines_tests.crash",
        "--stride",
        str(STRIDE),
        "--schedules",
        str(SCHEDULES),
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
    assert "0 schedules went wrong" in ended.stdout
