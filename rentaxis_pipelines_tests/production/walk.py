"""One walk through the production steps of docs/operations.md: each block word by word, and what a person does between them.

The person fills in the two files, signs in at QuickBooks, and launches a range in the UI. The emulator stands for QuickBooks, the demo's
tables for RentAxis. Four ports are others than printed, as the machine may use the printed ones: PostgreSQL's, the emulator's, the UI's,
the code server's.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.settings.shipped import CONFIG
from rentaxis_pipelines_tests.production.debian import PACKAGES, SUPERUSER, Cluster, Ordinary, free_port
from rentaxis_pipelines_tests.production.document import Block
from rentaxis_pipelines_tests.production.terminal import Terminal

COULD_NOT, SOME_ROWS, GOOD = 2, 1, 0
# What each command ends with, in the order in which it is typed; all others have to end with 0. The demo's tables hold bad rows.
EXIT_CODES: Mapping[str, tuple[int, ...]] = {
    "rentaxis-sync source check": (SOME_ROWS,),
    "rentaxis-sync check": (COULD_NOT, SOME_ROWS),  # before and after QuickBooks is connected
}
MAY_FAIL_ROWS = ("rentaxis-sync bulk", "rentaxis-sync results", "rentaxis-sync reconcile")
NO_INDEX = re.compile(r"NewConnectionError|Temporary failure in name resolution|Network is unreachable")


class NoIndex(Exception):
    """Packages cannot be had on this machine: no word about the steps."""


@dataclass
class Walk:
    """What the steps need of the machine, and what they have said so far."""

    user: Ordinary
    cluster: Cluster
    quickbooks: Emulator
    terminal: Terminal
    said: dict[str, list[str]] = field(default_factory=dict)
    sql: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    web_port: int = field(default_factory=free_port)

    @property
    def books(self) -> Path:
        return self.user.home / "books"

    def take(self, block: Block) -> None:
        """Does what the block says, as whom it says. Fails at the first line that does not do what it should."""
        runners: Mapping[str, Callable[[Block], None]] = {
            "sh": self._as_user,
            "sh as root": self._as_root,
            "sql": lambda one: self._sql(one, "postgres"),
            "sql in rentaxis": lambda one: self._sql(one, "rentaxis"),
        }
        runners[block.runner](block)

    def _sql(self, block: Block, database: str) -> None:
        self.cluster.as_administrator(block.text, database)
        self.sql.append(block.text)

    def _as_root(self, block: Block) -> None:
        """Nothing is changed on the machine: what is there is looked at, and the units are kept for ``units.running``."""
        for line in block.lines:
            words = shlex.split(line)
            if words[:2] == ["apt-get", "install"]:
                assert tuple(words[2:]) == PACKAGES, "what is installed here is what is printed"
            elif words[0] == "cp":
                pattern = words[1].removeprefix("~rentaxis/")
                assert len(list(self.user.home.glob(pattern))) == 3, line
            elif words[:3] == ["systemctl", "enable", "--now"]:
                self.units += words[3:]
            else:
                assert words[0] == "adduser" or words == ["systemctl", "daemon-reload"], line

    def _as_user(self, block: Block) -> None:
        for line in block.lines:
            if line.startswith("set -a"):
                self._fill_in()
            if line.startswith("rentaxis-sync connect"):
                code, said = self._sign_in(line)
            else:
                code, said = self.terminal.type(line)
            earlier = self.said.setdefault(line, [])
            expected = EXIT_CODES.get(line, (GOOD,))[len(earlier) :] or (GOOD,)
            earlier.append(said)
            if code and "pip install" in line and NO_INDEX.search(said):
                raise NoIndex("no package index can be reached")
            good = code in (GOOD, SOME_ROWS) if line.startswith(MAY_FAIL_ROWS) else code == expected[0]
            assert good, f"{block.step}: {line!r} ended with {code}:\n{said[-4000:]}"

    def _sign_in(self, line: str) -> tuple[int, str]:
        """Opens the printed address as a browser would, and pastes the one it is sent on to."""
        self.terminal.write(line)
        address, _ = self.terminal.until(re.compile(r"^(http\S+)"), 120)
        answer = requests.get(address[1], allow_redirects=False, timeout=30)
        self.terminal.write(answer.headers["location"])
        _, said = self.terminal.until(re.compile(r"is connected|cannot|not connected"), 120)
        code, more = self.terminal.end_of_line()
        return code, said + more

    def _fill_in(self) -> None:
        """What the file asks for. Every variable that is filled in has to be in the file."""
        passwords = dict(re.findall(r"create role (\w+) login password '([^']+)'", "".join(self.sql)))
        pipelines, reader = passwords["rentaxis_pipelines"], passwords["rentaxis_reader"]
        values = {
            "RENTAXIS_DATABASE_URL": self.cluster.url("rentaxis", "rentaxis_reader", reader),
            "RENTAXIS_ORGANIZATION_ID": "1",
            "PIPELINES_DATABASE_URL": self.cluster.url("pipelines", "rentaxis_pipelines", pipelines),
            "QUICKBOOKS_BASE_URL": self.quickbooks.base_url,
            "QUICKBOOKS_AUTH_BASE_URL": self.quickbooks.auth_base_url,
            "QUICKBOOKS_REALM_ID": self.quickbooks.realm_id,
            "QUICKBOOKS_CLIENT_ID": self.quickbooks.client_id,
            "QUICKBOOKS_CLIENT_SECRET": self.quickbooks.client_secret,
            "DAGSTER_PG_PORT": str(self.cluster.port),
            "DAGSTER_PG_PASSWORD": pipelines,
        }
        _replace(self.books / "environment", {rf"^{name}=.*$": f"{name}={value}" for name, value in values.items()})  # fmt: skip
        (self.books / "company.yaml").write_text((CONFIG / "company.demo.yaml").read_text())
        code_port = str(free_port())
        for name in ("workspace.yaml", "systemd/rentaxis-code.service"):
            _replace(self.books / name, {r"\b4266\b": code_port})
        _replace(self.books / "systemd/rentaxis-web.service", {r"\b3000\b": str(self.web_port)})


def rentaxis_on(cluster: Cluster) -> None:
    """The demo's tables, in a database of the administrator's."""
    cluster.as_administrator("create database rentaxis template template0 encoding 'UTF8'")
    administrator = f"host={cluster.folder} port={cluster.port} user={SUPERUSER} dbname=rentaxis"
    portfolio.load(administrator, portfolio.build())


def _replace(file: Path, values: Mapping[str, str]) -> None:
    text = file.read_text()
    for pattern, value in values.items():
        text, times = re.subn(pattern, lambda _, value=value: value, text, flags=re.MULTILINE)
        assert times == 1, f"{pattern} stands {times} times in {file.name}"
    file.write_text(text)
