"""What docs/accountant.md tells a reader to type beside the running demo works word by word; a killed stack leaves nothing behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.settings.shipped import ROOT

# Only 2 is a command that could not run; 1 says that rows failed, which the demo's do on purpose.
_MAY_FAIL = 'if [ "$?" -gt 1 ]; then echo "STOPPED AT LINE {}"; exit 2; fi'


def walk() -> list[str]:
    """The lines of the block that begins with ``eval``."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "accountant.md").read_text(), re.DOTALL)
    (found,) = [block for block in blocks if block.startswith("eval ")]
    return [line for line in found.splitlines() if line and not line.startswith("#")]


def test_the_walk_of_the_accountant_works_word_by_word(running) -> None:
    """In a shell that knows nothing of the demo but where it stands."""
    folder = Path(running.stack.environment["DAGSTER_HOME"]).parent
    assert (folder / "environment.json").stat().st_mode & 0o777 == 0o600
    lines = walk()
    assert len(lines) >= 10
    script = "\n".join(
        f"echo '>>>' {number}\n{line}\n{_MAY_FAIL.format(number)}" for number, line in enumerate(lines)
    )
    clean = {"HOME": os.environ.get("HOME", "/"), "PATH": "/usr/bin:/bin", "COLUMNS": "200", "RENTAXIS_DEMO_FOLDER": str(folder)}  # fmt: skip
    if not (ROOT / ".venv" / "bin" / "rentaxis-sync").exists():  # the checkout's own environment is elsewhere
        script = script.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    said = subprocess.run(
        ["bash", "-c", script], env=clean, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    for part in (
        "Tenant Terrence Boyd, ",
        "In QuickBooks: customer ",
        "is customer ",
        "UPDATE 1",
        "is left out of the sync from now on",
    ):
        assert part in said.stdout + said.stderr, part
    shown = said.stdout.split(">>> ")
    mended = next(part for part, line in zip(shown[1:], lines, strict=True) if "psql" in line)
    after = shown[shown.index(mended) + 1]
    customers = next(line for line in after.splitlines() if "customers" in line)
    assert re.findall(r"\d+", customers)[:2] == ["0", "1"], after  # none created, one updated


def test_without_a_stack_there_are_no_variables_to_print(tmp_path: Path) -> None:
    """Also where one was killed and left its file behind."""
    (tmp_path / "in_use").touch()
    (tmp_path / "environment.json").write_text("{}")
    for folder in (tmp_path, tmp_path / "nowhere"):
        said = CliRunner().invoke(main, ["demo-env", "--folder", str(folder)], catch_exceptions=False)
        assert said.exit_code == 2
        assert (
            said.output.strip() == "No demo stack is running. Start one with `make up`, in another terminal."
        )


KILLED = """
import sys
from pathlib import Path
from rentaxis_pipelines.demo import services, stack
folder = Path(sys.argv[1])
with stack.running(folder=folder) as parts, services.dagster_services(folder / "dagster" / "logs") as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of the stack are found in /proc")
def test_a_killed_stack_leaves_nothing_alive(tmp_path: Path) -> None:
    """Webserver, daemon, the code servers of both, the QuickBooks server, Postgres: gone within half a minute of ``kill -9``."""
    before = set(psutil.pids())
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    assert parent.stdout.readline().startswith("http")
    ours = [
        one for one in psutil.process_iter() if one.pid not in before and _is_of(one, tmp_path, parent.pid)
    ]
    assert len(ours) >= 6
    parent.kill()
    parent.wait(10)
    _, alive = psutil.wait_procs(ours, timeout=60)
    assert [" ".join(one.cmdline()) for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
    parent.stdout.close()
    parent.stdin.close()


def _is_of(process: psutil.Process, folder: Path, parent: int) -> bool:
    try:
        words, home = " ".join(process.cmdline()), process.environ().get("DAGSTER_HOME", "")
        return str(folder) in words + home or parent in [one.pid for one in process.parents()]
    except psutil.Error:
        return False
