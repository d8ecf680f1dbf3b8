"""What the demo starts ends with it, even when it is killed without a moment to say so."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from rentaxis_pipelines.demo import tethered

PARENT = """
import subprocess, sys, threading
from pathlib import Path
from rentaxis_pipelines.demo.services import _start
child = _start([str(Path(sys.executable)), "-c", "import signal; signal.pause()"], Path(sys.argv[1]))
print(child.pid, flush=True)
threading.Event().wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_a_service_ends_when_the_demo_is_killed(tmp_path: Path) -> None:
    """``kill -9`` of the parent, no clean-up: the service is gone a moment later."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    service = psutil.Process(int(parent.stdout.readline()))
    try:
        assert service.is_running()
        parent.kill()
        parent.wait(10)
        psutil.wait_procs([service], timeout=10)
        assert not service.is_running()
    finally:
        parent.stdout.close()
        if service.is_running():
            service.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_a_service_whose_parent_ended_before_it_began_does_not_begin() -> None:
    """Nobody would ever end it."""
    nobody = psutil.Process().ppid()  # not the parent of what is started here
    words = [sys.executable, "-m", tethered.__name__, str(nobody), sys.executable, "-c", "print('began')"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
