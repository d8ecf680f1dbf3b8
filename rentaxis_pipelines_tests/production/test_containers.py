"""The containers of ``deploy/``, started as its files say: the wheel, its processes on read-only file systems as the images' user, an empty
PostgreSQL, and the demo's job through all of them, each run in a container of its own.

What stands for Docker is in ``containers`` and ``engine``. Nothing of a file is changed but ports, host names and the values to fill in.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.settings.shipped import CONFIG, DEPLOY
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_tests.production import compose, debian
from rentaxis_pipelines_tests.production.contained import possible
from rentaxis_pipelines_tests.production.containers import Host
from rentaxis_pipelines_tests.production.desk import Desk
from rentaxis_pipelines_tests.production.engine import Engine, listening
from rentaxis_pipelines_tests.production.walk import rentaxis_on
from rentaxis_pipelines_tests.support.quickbooks import started

COMPANY, PERSON, PASSWORD = "elm_street", "approver@example.com", "a password of some length"
DAYS = ["2026-06-01", "2026-06-02", "2026-06-03"]
LIMITS = {"ReadonlyRootfs": True, "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges:true"], "Init": True, "NetworkMode": "rentaxis"}  # fmt: skip
DOCKER_GROUP, PIPELINES_PASSWORD, READER_PASSWORD = 998, "pipelinespassword", "readerpassword"


@pytest.fixture
def quickbooks() -> Iterator[Emulator]:
    with started() as emulator:
        yield emulator


@pytest.mark.e2e
def test_the_containers_push_a_range_and_write_nothing_but_their_volumes(
    installed: Path, tmp_path: Path, quickbooks: Emulator
) -> None:
    """A new Docker host: the databases, a company, a user, ``docker compose up``, a range from the UI, ``docker compose down``."""
    if not possible():
        pytest.skip("The containers: only root can make a file system read only for a process")
    if missing := debian.what_is_missing():
        pytest.skip(f"The containers: {missing}")
    with debian.ordinary_user() as user, debian.cluster(user) as cluster:
        rentaxis_on(cluster)
        _set_up(cluster)
        host = _host(installed, tmp_path, cluster, quickbooks)
        engine = Engine(host, (host.dotenv["CODE_IMAGE"], "code"))
        with listening(engine, host.socket, DOCKER_GROUP):
            host.run("migrate", host.services["migrate"]["command"])
            _a_company_and_a_person(host, quickbooks)
            with host.up() as services:
                desk = _Signed(f"http://127.0.0.1:{host.ports['3000']}", services)
                desk.until("the front door", desk.signs_in, seconds=900)
                before = _invoices(quickbooks)
                run = _pushed(desk, DAYS)
                assert run["status"] == "SUCCESS", f"{desk.last_words()}\n{_output(host)}"
                assert _invoices(quickbooks) > before
                _contained(engine)
        assert [service.process.returncode for service in host.started] == [0, 0, 0], desk.last_words()


def _set_up(cluster: debian.Cluster) -> None:
    """The script of the postgres container, run as its image does; and the reader of RentAxis, whom its owner creates."""
    variables = {"PIPELINES_DATABASE_PASSWORD": PIPELINES_PASSWORD, "PATH": "/usr/bin:/bin"}
    server = ["-h", str(cluster.folder), "-p", str(cluster.port), "-U", debian.SUPERUSER, "-d", "postgres"]
    script = (DEPLOY / "databases.sql").read_text()
    subprocess.run(["/usr/bin/psql", "-X", "-v", "ON_ERROR_STOP=1", *server], input=script, env=variables, text=True, check=True)  # fmt: skip
    cluster.as_administrator(
        f"create role rentaxis_reader login password '{READER_PASSWORD}'; grant usage on schema rentaxis to rentaxis_reader;"
        "grant select on all tables in schema rentaxis to rentaxis_reader",
        "rentaxis",
    )


def _host(installed: Path, folder: Path, cluster: debian.Cluster, quickbooks: Emulator) -> Host:
    """A new host whose two files are filled in, every line that is filled in being one of the examples."""
    key = subprocess.run(
        [installed / "python", "-c", "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    environment = {
        "RENTAXIS_DATABASE_URL": cluster.url("rentaxis", "rentaxis_reader", READER_PASSWORD),
        "PIPELINES_DATABASE_URL": cluster.url("pipelines", "rentaxis_pipelines", PIPELINES_PASSWORD),
        "PIPELINES_SECRET_KEY": key,
        "QUICKBOOKS_BASE_URL": quickbooks.base_url,
        "QUICKBOOKS_AUTH_BASE_URL": quickbooks.auth_base_url,
        "QUICKBOOKS_CLIENT_ID": quickbooks.client_id,
        "QUICKBOOKS_CLIENT_SECRET": quickbooks.client_secret,
        "DAGSTER_PG_PORT": str(cluster.port),
        "DAGSTER_PG_PASSWORD": PIPELINES_PASSWORD,
    }
    dotenv = {
        "POSTGRES_PASSWORD": "one",
        "PIPELINES_DATABASE_PASSWORD": PIPELINES_PASSWORD,
        "DOCKER_GROUP": str(DOCKER_GROUP),
    }
    return Host(
        folder=folder,
        programs=installed,
        socket=folder / "docker.sock",
        ports={port: debian.free_port() for port in ("4266", "3000")},
        dotenv=_filled_in(".env.example", dotenv),
        environment=_filled_in("environment.example", environment),
    )


def _filled_in(name: str, values: Mapping[str, str]) -> dict[str, str]:
    lines = compose.example(name)
    assert values.keys() <= lines.keys()
    return {**lines, **values}


def _a_company_and_a_person(host: Host, quickbooks: Emulator) -> None:
    """As docs/operations.md has it, by ``docker compose run --rm --no-deps front-door``."""
    books = ["--organization", "1", "--realm", quickbooks.realm_id]
    host.run("front-door", ["rentaxis-sync", "companies", "add", COMPANY, *books])
    settings = (CONFIG / "company.demo.yaml").read_text()
    settings, times = re.subn(r"^slug: .*$", f"slug: {COMPANY}", settings, flags=re.MULTILINE)
    assert times == 1
    host.run("front-door", ["sh", "-c", f"cat > /srv/companies/{COMPANY}/company.yaml"], settings)
    connect = ["rentaxis-sync", "--company", COMPANY, "connect", "--redirect-uri", "https://books.example.com/callback", "--paste"]  # fmt: skip
    with host.opened("front-door", connect) as asking:
        assert asking.stdout is not None
        assert asking.stdin is not None
        address = next(
            (line for line in asking.stdout if line.startswith("http")), "nothing was asked"
        ).strip()
        answer = requests.get(address, allow_redirects=False, timeout=30)
        said, _ = asking.communicate(f"{answer.headers['location']}\n", timeout=120)
    assert "is connected" in said, said
    host.run("front-door", ["rentaxis-sync", "users", "add", PERSON, "--role", "approver"], f"{PASSWORD}\n")


class _Signed(Desk):
    """The UI, used by somebody who has signed in. The proxy that ends TLS is missing, so the cookies go where a browser would not send them."""

    def signs_in(self) -> bool:
        try:
            shown = requests.get(f"{self.url}/sign-in", timeout=30)
        except requests.RequestException:
            return False
        token = shown.text.split('name="form_token" value="')[1].split('"')[0]
        form = {"user": PERSON, "password": PASSWORD, "form_token": token}
        answer = requests.post(
            f"{self.url}/sign-in", form, headers=_cookies(shown), allow_redirects=False, timeout=30
        )
        assert answer.status_code == 303, answer.text
        self.__dict__["cookies"] = _cookies(answer)
        return True

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        headers = {**self.__dict__["cookies"], "origin": self.url, "sec-fetch-site": "same-origin"}
        call = {"query": query, "variables": dict(variables)}
        answer = requests.post(f"{self.url}/graphql", json=call, headers=headers, timeout=60)
        content = answer.json()
        assert not content.get("errors"), content
        return content["data"]


def _cookies(answer: requests.Response) -> dict[str, str]:
    return {"cookie": "; ".join(f"{one.name}={one.value}" for one in answer.cookies)}


def _pushed(desk: _Signed, days: list[str]) -> dict[str, Any]:
    """The run of the range, once it has ended."""
    backfill = launching.launch(desk.ask, f"bulk_sync__{COMPANY}", days, PERSON)
    return desk.until(
        "the range",
        lambda: next((one for one in launching.runs_of(desk.ask, backfill) if one["status"] in launching.RUN_ENDED), None),
        seconds=900,
    )  # fmt: skip


def _contained(engine: Engine) -> None:
    """What Docker was asked for: the limits of the other containers, and no secret beyond what a run reads."""
    assert engine.containers
    for container in engine.containers:
        kept = container.asked["HostConfig"]
        assert {name: kept[name] for name in LIMITS} == LIMITS
        assert kept["Binds"] == ["rentaxis_companies:/srv/companies:ro"]
        assert kept["Tmpfs"] == {"/tmp": ""}
        assert kept["Memory"] == 2 << 30
        assert container.asked["User"] == compose.image("code").user
        assert not [pair for pair in container.asked["Env"] if pair.startswith("WEB_")]


def _invoices(quickbooks: Emulator) -> int:
    return len(requests.get(f"{quickbooks.control_url}/objects", {"entity": "Invoice"}, timeout=30).json())


def _output(host: Host) -> str:
    return "\n".join(
        each.read_text(errors="replace")[-3000:] for each in sorted(host.folder.glob("run-*.log"))
    )
