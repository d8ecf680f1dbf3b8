"""What becomes of the browser tests where there is no browser."""

import os
import subprocess
import sys

import pytest

from rentaxis_pipelines.settings.shipped import ROOT

TESTS = "rentaxis_pipelines_tests/e2e/test_browser.py"


@pytest.mark.parametrize(("ci", "said", "code"), [("", "skipped", 0), ("true", "error", 1)])
def test_without_chromium_browser_tests_are_skipped_and_in_continuous_integration_they_fail(ci, said, code):
    """And nothing is started for them in either case; the sentence says what to install."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsfE", "-p", "no:cacheprovider", TESTS],
        env={**os.environ, "PATH": os.devnull, "CI": ci},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == code, ran.stdout
    assert "apt-get install chromium" in ran.stdout
    assert said in ran.stdout.splitlines()[-1]
    assert "passed" not in ran.stdout.splitlines()[-1]
