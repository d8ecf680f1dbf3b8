"""The embedded server: starts, is joined, stops, and comes back after whatever happened to its owner."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import psycopg2
import pytest
import sqlalchemy

from rentaxis_pipelines.demo import postgres as embedded

ROOT = Path(embedded.__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder; whatever server runs in it is stopped after the test."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
        for lock in Path(name).rglob("lock"):
            server = embedded.join(lock.parent)
            if server:
                server.stop()


def answer(server: embedded.Server, question: LiteralString) -> object:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def process_of(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def test_starting_twice_joins_the_one_server(folder: Path) -> None:
    """A second start of the same folder, from this or another process, changes nothing."""
    first = embedded.start(folder, durable=False)
    process = process_of(folder)

    assert embedded.start(folder) == first
    assert embedded.join(folder) == first
    assert process_of(folder) == process


def test_starting_at_the_same_moment_starts_one_server(folder: Path) -> None:
    """Test workers start it together; the lock lets one do so and the others join."""
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: embedded.start(folder, durable=False), range(4)))

    assert len(set(servers)) == 1


def test_data_outlives_a_stop(folder: Path) -> None:
    server = embedded.start(folder, durable=False)
    server.create_database("kept")
    server.stop()
    assert embedded.join(folder) is None
    server.stop()  # one already stopped is fine

    again = embedded.start(folder, durable=False)

    assert again.has_database("kept")
    assert again.password == server.password


def test_two_folders_run_side_by_side(folder: Path) -> None:
    """Two clones of the project on one machine have two ports, two passwords, two sets of data."""
    one = embedded.start(folder / "one", durable=False)
    two = embedded.start(folder / "two", durable=False)
    one.create_database("only_in_one")

    assert one.port != two.port
    assert not two.has_database("only_in_one")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(two.url("postgres").replace(two.password, one.password))


def test_the_server_outlives_a_killed_owner_and_is_joined(folder: Path) -> None:
    """kill -9 of the process that started it: the next start finds the same server, same port."""
    code = (
        "import os, signal, pathlib, sys; from rentaxis_pipelines.demo import postgres;"
        "postgres.start(pathlib.Path(sys.argv[1]), durable=False); os.kill(os.getpid(), signal.SIGKILL)"
    )
    owner = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=False)
    assert owner.returncode == -signal.SIGKILL
    process = process_of(folder)

    server = embedded.start(folder)

    assert answer(server, "SELECT 1") == 1
    assert process_of(folder) == process


def test_a_killed_server_recovers_what_was_committed(folder: Path) -> None:
    """kill -9 of the server itself leaves its pid file; the next start clears it and replays the log."""
    server = embedded.start(folder, durable=True)
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    family = [process_of(folder), *process_of(folder).children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended with the one killed before it
            process.kill()
    psutil.wait_procs(family, timeout=60)
    assert (folder / "postgres" / "postmaster.pid").exists()

    assert answer(embedded.start(folder, durable=True), "SELECT answer FROM kept") == 42


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("{living}\n{cluster}\n1700000000\n5432\n\n127.0.0.1\n0 0\nready\n", id="number reused"),
        pytest.param("4194303\n{cluster}\n1700000000\n5432\n\n127.0.0.1\n0 0\nready\n", id="process gone"),
        pytest.param("", id="cut off by a full disk"),
    ],
)
def test_a_stale_pid_file_does_not_stop_the_start(folder: Path, content: str) -> None:
    """After a reboot the number in the file may belong to another program, here this test itself."""
    embedded.start(folder, durable=False).stop()
    pid_file = folder / "postgres" / "postmaster.pid"
    pid_file.write_text(content.format(living=os.getpid(), cluster=folder / "postgres"))
    os.utime(pid_file, (1_700_000_000, 1_700_000_000))

    assert answer(embedded.start(folder, durable=False), "SELECT 1") == 1


def test_a_cluster_left_half_made_is_made_anew(folder: Path) -> None:
    """A kill in the midst of the first start leaves a folder that must not be taken for a cluster."""
    (folder / "postgres.unfinished").mkdir()
    (folder / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    (folder / "password").write_text("of the first attempt")

    server = embedded.start(folder, durable=False)

    assert answer(server, "SELECT 1") == 1
    assert server.password != "of the first attempt"


def test_a_long_path_with_blanks_and_quotes_works(folder: Path) -> None:
    """Unix sockets would stop at 107 bytes; the clone of a careful person has a long path."""
    deep = folder / ("the clone of a person who likes it's long names " * 3) / "state"

    assert answer(embedded.start(deep, durable=False), "SELECT 1") == 1


def test_it_listens_on_loopback_only(folder: Path) -> None:
    server = embedded.start(folder, durable=False)
    sockets = process_of(folder).net_connections("inet")
    listening = [connection.laddr for connection in sockets if connection.status == psutil.CONN_LISTEN]
    assert listening == [("127.0.0.1", server.port)]


def test_settings_are_those_promised(folder: Path) -> None:
    """UTC, 200 connections; unsafe speed only when asked for."""
    fast = embedded.start(folder, durable=False)
    assert answer(fast, "SHOW timezone") == "UTC"
    assert answer(fast, "SHOW max_connections") == "200"
    assert answer(fast, "SHOW server_encoding") == "UTF8"
    assert [answer(fast, "SHOW fsync"), answer(fast, "SHOW full_page_writes")] == ["off"] * 2
    fast.stop()

    safe = embedded.start(folder)

    assert [answer(safe, "SHOW fsync"), answer(safe, "SHOW full_page_writes")] == ["on"] * 2


def test_every_client_of_the_project_connects(database: str, postgres: embedded.Server) -> None:
    """psycopg 3 for our data, psycopg2 and SQLAlchemy for Dagster's, and the parts as Dagster names them."""
    psycopg2.connect(database).close()
    for url in (database, database.replace("postgresql://", "postgresql+psycopg2://")):
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        engine.dispose()
    psycopg.connect(
        host=postgres.hostname, port=postgres.port, user=postgres.username, password=postgres.password,
        dbname="postgres",
    ).close()  # fmt: skip


def test_a_database_is_copied_from_its_template(postgres: embedded.Server) -> None:
    postgres.create_database("original")
    with psycopg.connect(postgres.url("original")) as connection:
        connection.execute("CREATE TABLE things AS SELECT 7 AS number")
    try:
        with psycopg.connect(postgres.create_database("copy of it", template="original")) as connection:
            assert connection.execute("SELECT number FROM things").fetchone() == (7,)
        with pytest.raises(embedded.PostgresError, match="already exists"):
            postgres.create_database("original")
    finally:
        postgres.drop_database("copy of it")
        postgres.drop_database("original")
        postgres.drop_database("original")  # does nothing if it does not exist


def test_the_port_is_searched_again_when_another_program_took_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our look for a free port and the server's bind, somebody may take it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free_port = embedded.free_port
        offers = [taken.getsockname()[1]]
        monkeypatch.setattr(embedded, "free_port", lambda: offers.pop() if offers else free_port())

        assert answer(embedded.start(folder, durable=False), "SELECT 1") == 1


def test_the_log_keeps_no_values(folder: Path) -> None:
    """No tenant's name or amount may reach a log, also not by way of a refused statement."""
    server = embedded.start(folder, durable=False)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE tenants (name text PRIMARY KEY)")
        connection.execute("INSERT INTO tenants VALUES ('Marisol')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO tenants VALUES ('Marisol')")
    log = (folder / "postgres" / "server.log").read_text()

    assert "duplicate key" in log
    assert "Marisol" not in log


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the server as somebody else")
def test_root_does_not_open_its_folders_to_others(folder: Path) -> None:
    """The server runs as nobody in a folder closed to others, and the folder stays closed."""
    folder.chmod(0o700)

    server = embedded.start(folder, durable=False)

    assert answer(server, "SELECT 1") == 1
    assert process_of(folder).username() == "nobody"
    assert folder.stat().st_mode & 0o777 == 0o700


def as_daemon(code: str, folder: Path) -> str:
    """What the code prints, run by the user daemon, who may read the interpreter wherever root keeps it."""
    user = pwd.getpwnam("daemon")
    identity = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    command = ["setpriv", *identity, *reading, sys.executable, "-c", code, str(folder)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs every other test as such")
def test_an_ordinary_user_starts_it_too(folder: Path) -> None:
    """The same code without root; and root then joins, and stops, the server that user owns."""
    user = pwd.getpwnam("daemon")
    os.chown(folder, user.pw_uid, user.pw_gid)

    port = as_daemon(
        "import pathlib, sys; from rentaxis_pipelines.demo import postgres;"
        "print(postgres.start(pathlib.Path(sys.argv[1]), durable=False).port)",
        folder,
    )

    assert process_of(folder).username() == "daemon"
    assert embedded.start(folder).port == int(port)
    embedded.start(folder).stop()
    assert embedded.start(folder).has_database("postgres")
    assert process_of(folder).username() == "daemon"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users")
def test_a_folder_of_another_user_is_refused_in_one_sentence(folder: Path) -> None:
    embedded.start(folder, durable=False)

    told = as_daemon(
        "import pathlib, sys; from rentaxis_pipelines.demo import postgres\n"
        "try: postgres.start(pathlib.Path(sys.argv[1]))\n"
        "except postgres.PostgresError as error: print(error)",
        folder,
    )

    assert "belongs to another user" in told
