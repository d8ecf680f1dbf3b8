"""What a person waits for before any record is looked at: help, one record by command and from the desk, a short range of unchanged records.

Each is measured of today's code and of an older commit's, one after the other on one machine, by real processes: the stack as ``up`` starts
it, with front door and daemon, a click over HTTP and the pages that a browser would load. Seconds are those of a clock, so nothing else
should go on meanwhile.

Here: the figures and how they are taken. Not here: where the older code comes from (``older``).
"""

import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests

from rentaxis_pipelines.demo.postgres import free_port
from rentaxis_pipelines.settings.shipped import ROOT
from rentaxis_pipelines_bench import older
from rentaxis_pipelines_bench.figures import Figure

GROUP = "Start-up"
CLICKS, TIMES = 20, 3  # of which the median counts
RECORDS, FIRST, LAST = 100, "2026-01-05", "2026-01-24"  # twenty days before the portfolio begins
HELP_SECONDS, RECORD_SECONDS, BULK_PART = 0.5, 2.0, 1 / 3
_LONGEST = 300.0  # seconds
_LOOKS = (0.25, 2.0)  # as desk.js: the first, and the longest of those that follow
_IDS, _OTHER_IDS = 995_000, 996_000

UP = """
import sys
from pathlib import Path
from rentaxis_pipelines.demo import services, stack
services.end_politely()
with stack.running(Path(sys.argv[1]), units=46, months=1, fresh=True) as parts:
    services.serve_dagster(parts, int(sys.argv[2]), announce=print)
"""
ADD = """
insert into rentaxis.expenses
select made.* from generate_series(0, %(rows)s - 1) number, (
    select expense.* from rentaxis.expenses expense
    where organization_id = 1 and status = 'paid' and payable_invoice_id is null and deleted_at is null
      and not exists (select from rentaxis.demo_cases where entity_type = 'expense' and entity_id = expense.id::text)
    order by id limit 1
) one, jsonb_populate_record(null::rentaxis.expenses, to_jsonb(one) || jsonb_build_object(
    'id', %(ids)s + number, 'amount', 10 + number, 'updated_at', now(),
    'expense_date', %(first)s::date + number %% 20, 'paid_at', %(first)s::date + number %% 20)) made"""


@dataclass(frozen=True)
class Site:
    """A running stack of one code. ``code``: the folder of its packages."""

    code: Path
    url: str
    environment: dict[str, str]

    def seconds(self, *words: str) -> float:
        """Of one command."""
        return seconds(self.code, words, self.environment)

    def click(self, record: str) -> float:
        """From the click on "Push now" to the page with the result."""
        page = f"{self.url}/desk/demo/records/expense/{record}"
        with requests.Session() as browser:
            (token, *_) = re.findall(r'name="form_token" value="(\w+)"', browser.get(page, timeout=60).text)
            began = time.monotonic()
            answer = browser.post(f"{page}/push", {"form_token": token}, timeout=60, allow_redirects=False)
            run = self.url + answer.headers["location"].partition("?")[0]
            wait, longest = _LOOKS
            while "data-refresh" in browser.get(run, timeout=60).text:
                if time.monotonic() - began > _LONGEST:
                    raise TimeoutError("The push of one record did not end.")
                time.sleep(wait)
                wait = min(wait * 1.5, longest)
            return time.monotonic() - began


def measure() -> list[Figure]:
    """Of both codes; of today's alone where the clone does not have the older commit."""
    with older.code() as before:
        codes = {"today": ROOT} if before is None else {"before": before, "today": ROOT}
        took = {name: _of(code) for name, code in codes.items()}
    return _figures(took["today"], took.get("before"))


def _of(code: Path) -> dict[str, float]:
    took = {
        "rentaxis-sync --help": _median(lambda: seconds(code, ["--help"], {})),
        "wrong usage": _median(lambda: seconds(code, ["record", "boat", "1"], {})),
        "help of a command": _median(lambda: seconds(code, ["bulk", "--help"], {})),
    }
    with up(code) as site:
        with psycopg.connect(site.environment["RENTAXIS_DATABASE_URL"]) as connection:
            for ids, rows in ((_IDS, RECORDS), (_OTHER_IDS, 1 + CLICKS + 1 + TIMES)):  # one more of each
                connection.execute(
                    ADD, {"rows": rows, "ids": ids, "first": FIRST if ids == _IDS else "2026-02-02"}
                )
        site.click(str(_OTHER_IDS))  # whatever is kept from the first on
        took["one record from the desk"] = statistics.median(
            site.click(str(_OTHER_IDS + number)) for number in range(1, CLICKS + 1)
        )
        numbers = itertools.count(CLICKS + 1)
        took["one record by command"] = _median(
            lambda: site.seconds("record", "expense", f"id:{_OTHER_IDS + next(numbers)}")
        )
        days = ("bulk", "--from", FIRST, "--to", LAST, "--confirm-unusual")
        site.seconds(*days)
        took["20 days, 100 unchanged records"] = _median(lambda: site.seconds(*days))
    return took


def _figures(today: dict[str, float], before: dict[str, float] | None) -> list[Figure]:
    most = dict.fromkeys(("rentaxis-sync --help", "wrong usage", "help of a command"), HELP_SECONDS)
    most["one record from the desk"] = RECORD_SECONDS
    figures: list[Figure] = []
    for name, value in today.items():
        limit = most.get(name)
        figures.append(
            Figure(
                group=GROUP,
                name=name,
                value=value,
                unit="s",
                target="" if limit is None else f"at most {limit:g} s",
                met=None if limit is None else value <= limit,
                note="" if before is None else f"{before[name]:.2f} s by the older code",
            )
        )
    name = "20 days, 100 unchanged records"
    part = None if before is None else today[name] / before[name]
    figures.append(
        Figure(
            group=GROUP,
            name=f"{name}: part of the older code's time",
            value=part,
            target="at most a third",
            met=None if part is None else part <= BULK_PART,
            note="the clone does not have the older commit" if part is None else "",
        )
    )
    return figures


def seconds(code: Path, words: Sequence[str], environment: dict[str, str]) -> float:
    """How long the command takes with the packages of that folder. Raises CalledProcessError where it could not be carried out."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "rentaxis_pipelines.cli.main", *words],
        env=_with(code, environment),
        cwd=code,
        capture_output=True,
        check=False,
    )
    took = time.monotonic() - began
    if done.returncode not in (0, 1, 2) or (environment and done.returncode == 2):
        raise subprocess.CalledProcessError(done.returncode, words[0], done.stdout, done.stderr)
    return took


def _median(measured: Callable[[], float]) -> float:
    measured()  # compiles what was never imported, and fills the cache of files
    return statistics.median(measured() for _ in range(TIMES))


@contextmanager
def up(code: Path) -> Iterator[Site]:
    """The stack of that code, until the block ends."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="rentaxis-bench-") as place:
        folder = Path(place)
        process = subprocess.Popen(
            [sys.executable, "-c", UP, str(folder / "stack"), str(port)],
            env=_with(code, {}),
            cwd=code,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(lambda: requests.get(f"{url}/desk/demo", timeout=30).ok)
            variables = json.loads((folder / "stack" / "environment.json").read_text())
            yield Site(code, url, variables)
        finally:
            process.terminate()
            process.wait()


def _wait_for(answers: Callable[[], bool]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _LONGEST:
        try:
            if answers():
                time.sleep(20)  # the code server and the warm process are loading
                return
        except requests.RequestException:
            time.sleep(0.5)
    raise TimeoutError("The stack did not start.")


def _with(code: Path, environment: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **environment, "PYTHONPATH": str(code)}
