"""``rentaxis-sync serve``: the web front end with Dagster's UI behind it, until it is stopped.

Here: what is checked before anything is served, and the server. Not here: the application (``application``).
"""

import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import dagster as dg
import uvicorn
import yaml
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_shared.check import CheckError
from dagster_webserver.version import __version__
from starlette.types import ASGIApp

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.dagster_home import home, refuse_unusable_home
from rentaxis_pipelines.orchestration.warm_keeper import kept_warm
from rentaxis_pipelines.settings import load
from rentaxis_pipelines.settings.addresses import is_this_machine
from rentaxis_pipelines.settings.scope_cache import ScopeCache
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web.application import front_door
from rentaxis_pipelines.web.dagster_ui import dagster_application
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.door import Door

_SECONDS_TO_END = 5
_LARGEST_MESSAGE = 1_000_000  # bytes, from a live page


def serve(
    host: str,
    port: int,
    workspace: Sequence[Path],
    announce: Callable[[str], object],
) -> None:
    """Serve until interrupted. ``announce`` is called with the address once the server listens. Port 0 picks any free port.

    Raises CannotLaunch, SettingsError or UsersFileError before anything is served.
    """
    # When stopped, uvicorn shuts down and then raises the signal again: as Ctrl-C it also reaches Dagster's code servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with it ignored
    settings = load(WebSettings)
    refuse_open_door(host, settings)
    with listening(host, port) as listener:
        door = Door.on(listener.getsockname()[1], settings)
        if door.users is not None:
            door.users.users()  # reports a typo now
        with workspace_context(workspace) as context:
            logging.getLogger("rentaxis_pipelines").setLevel(logging.INFO)
            scopes = ScopeCache()
            dagster = DagsterCalls(dagster_application(context, scopes), context.instance)
            server = server_of(front_door(Desk(door, dagster, scopes)))
            announce(f"Dagster UI: {door.addresses.public_url}")
            with contextlib.suppress(KeyboardInterrupt), kept_warm(context.instance):
                server.run(sockets=[listener])


def refuse_open_door(host: str, settings: WebSettings) -> None:
    """Raises CannotLaunch if people on other machines could get in without signing in, or would not be answered."""
    if settings.web_sign_in == "none":
        elsewhere = [url for url in settings.public_urls if url.startswith("https://")]
        if not is_this_machine(host) or elsewhere:
            raise CannotLaunch(
                f"{elsewhere[0] if elsewhere else host} can be reached from other machines, but sign-in is off: set WEB_SIGN_IN "
                "to passwords, openid or proxy (docs/operations.md), or serve only 127.0.0.1."
            )
    elif not is_this_machine(host) and not settings.public_urls:
        raise CannotLaunch(
            f"Set WEB_PUBLIC_URL to the https address at which people reach {host}: requests to other names are refused."
        )


@contextlib.contextmanager
def workspace_context(workspace: Sequence[Path]) -> Generator[WorkspaceProcessContext]:
    """Dagster's instance and code locations, opened like dagster-webserver does; closed when the block ends."""
    for path in workspace:
        if not path.is_file():
            raise CannotLaunch(f"There is no workspace file {path}: name it with --workspace.")
    if not home():
        raise CannotLaunch(
            "The environment variable DAGSTER_HOME is not set. Set it to the folder of dagster.yaml."
        )
    refuse_unusable_home()
    with dg.DagsterInstance.get() as instance:
        # The defaults of dagster-webserver's own options.
        instance.optimize_for_webserver(statement_timeout=15_000, pool_recycle=3_600, max_overflow=20)
        target = WorkspaceFileTarget([str(path) for path in workspace])
        try:
            target.create_origins()
        except (yaml.YAMLError, dg.DagsterError, CheckError) as error:
            named = ", ".join(map(str, workspace))
            raise CannotLaunch(
                f"{named} cannot be read as Dagster's workspace file: see workspace.yaml of this package."
            ) from error
        with WorkspaceProcessContext(instance, target, version=__version__) as context:
            yield context


def server_of(application: ASGIApp) -> uvicorn.Server:
    """The HTTP server. It does not trust forwarding headers: ``Door`` decides which proxies to trust."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            proxy_headers=False,
            server_header=False,
            access_log=False,  # URLs contain sign-in codes
            log_level="warning",
            ws_max_size=_LARGEST_MESSAGE,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
    )


@contextlib.contextmanager
def listening(host: str, port: int) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    with contextlib.closing(listener):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), port))
        except (OSError, ValueError) as error:  # ValueError: not a host name at all
            why = error.strerror if isinstance(error, OSError) else "it is not an address"
            raise CannotLaunch(
                f"{host} port {port} cannot be used ({why}). Choose another with --host or --port."
            ) from error
        yield listener
