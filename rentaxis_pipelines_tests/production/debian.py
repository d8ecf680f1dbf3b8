"""An ordinary user and an empty PostgreSQL of Debian's package, as a new server has them: nothing of the machine is changed.

As root the user is ``nobody`` (PostgreSQL refuses to be root, and an ordinary user is what is to be tried); else it is whoever runs the
tests. The cluster is made by Debian's own ``initdb`` in the encoding a server without a locale gets, SQL_ASCII.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PYTHON = Path("/usr/bin/python3")
PACKAGES = ("postgresql", "python3-venv")  # of Debian, as the README has them installed
SUPERUSER = "postgres"
_KEPT = ("PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL programs that Debian installed, or None."""
    found = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda each: int(each.parent.name), default=None)


def what_is_missing() -> str | None:
    """Why the walk cannot be made on this machine, or None."""
    if shutil.which("dpkg-query") is None:
        return "this is no Debian"
    for package in PACKAGES:
        asked = ["dpkg-query", "-W", "-f=${Status}", package]
        if (
            "install ok installed"
            not in subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        ):
            return f"Debian's {package} is not installed (apt-get install {' '.join(PACKAGES)})"
    if programs() is None:
        return "Debian's PostgreSQL has no server programs"
    looks = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
    if subprocess.run([PYTHON, "-c", looks], capture_output=True, check=False).returncode:
        return f"{PYTHON} is not Python 3.11 to 3.13"
    return None


@dataclass(frozen=True)
class Ordinary:
    """A user without rights, with a home of its own."""

    home: Path
    identity: Mapping[str, Any] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """What a login gives, and how this machine reaches packages."""
        name = pwd.getpwuid(self.home.stat().st_uid).pw_name
        kept = {key: value for key, value in os.environ.items() if key.startswith(_KEPT)}
        return {**kept, "HOME": str(self.home), "USER": name, "LOGNAME": name, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COLUMNS": "200"}  # fmt: skip

    def run(self, words: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a program that has to go well."""
        done = subprocess.run(
            [str(word) for word in words],
            env=self.environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL if "input" not in options else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
            **self.identity,
            **options,
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}"
        return done


@contextlib.contextmanager
def ordinary_user() -> Iterator[Ordinary]:
    """The user; the home is removed with the block."""
    home = Path(tempfile.mkdtemp(prefix="rentaxis-walk-", dir="/tmp"))  # a short path: a socket lies below it
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(home, nobody.pw_uid, nobody.pw_gid)
            identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            yield Ordinary(home, identity)
        else:
            yield Ordinary(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server, on 127.0.0.1 with passwords and on a socket for its administrator."""

    user: Ordinary
    folder: Path
    port: int

    def as_administrator(self, sql: str, database: str = "postgres") -> str:
        """``sudo -u postgres psql``: stops at the first error."""
        server = ["-h", str(self.folder), "-p", str(self.port), "-U", SUPERUSER, "-d", database]
        words = ["/usr/bin/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *server]
        return self.user.run(words, input=sql).stdout

    def url(self, database: str, user: str, password: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def cluster(user: Ordinary) -> Iterator[Cluster]:
    """An empty one, stopped with the block."""
    folder, bin_folder = user.home / "cluster", programs()
    assert bin_folder is not None
    sign_in = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-locale", "--encoding=SQL_ASCII"]  # fmt: skip
    # Debian's pg_hba.conf lets the administrator in by who he is (peer); here he is the ordinary user.
    user.run([bin_folder / "initdb", "-D", folder, "-U", SUPERUSER, *sign_in])
    port = free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    start = [bin_folder / "pg_ctl", "start", "-w", "-D", folder, "-l", folder / "server.log", "-o", options]
    server_output = subprocess.run(
        [str(word) for word in start],
        env=user.environment(),
        cwd=user.home,
        stdout=subprocess.DEVNULL,  # the server inherits it, and would hold a pipe for ever
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=False,
        **user.identity,
    )
    assert server_output.returncode == 0, (folder / "server.log").read_text()[-2000:]
    try:
        yield Cluster(user, folder, port)
    finally:
        user.run([bin_folder / "pg_ctl", "stop", "-w", "-D", folder, "-m", "immediate"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
