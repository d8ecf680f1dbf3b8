"""The connection to QuickBooks: which company, how long it lasts, and connecting it in the browser.

Here: the page. Not here: the way to Intuit and back (``web.quickbooks_callback``), what is kept of it (``sync.connection``).
"""

import datetime as dt
from functools import lru_cache

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.connection import WARN_AHEAD, Connection, connection_of
from rentaxis_pipelines.sync.session import client_of
from rentaxis_pipelines.web.desk.forms import page
from rentaxis_pipelines.web.desk.visit import Visit

_NAME_KEPT = 600  # seconds


class ShownConnection(msgspec.Struct, frozen=True):
    """``state``: connected, expires_soon, expired or none. ``trouble``: why QuickBooks did not answer, for people."""

    state: str
    ends_at: dt.datetime | None = None
    unused_ends_at: dt.datetime | None = None
    company_name: str | None = None
    trouble: str = ""


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [page("/setup/connection", _page)]


def state_of(connection: Connection, now: dt.datetime) -> ShownConnection:
    """The connection as the ledger knows it; QuickBooks is not asked."""
    if not connection.connected:
        return ShownConnection("none")
    ends = [end for end in (connection.ends_at, connection.unused_ends_at) if end is not None]
    state = "connected"
    if ends and min(ends) <= now:
        state = "expired"
    elif ends and min(ends) <= now + WARN_AHEAD:
        state = "expires_soon"
    return ShownConnection(state, connection.ends_at, connection.unused_ends_at)


def known_connection(visit: Visit) -> ShownConnection:
    """The same of the company of the page. Raises LedgerError, TokenUnreadable."""
    return state_of(connection_of(visit.environment, visit.now), visit.now)


def _page(visit: Visit) -> Response:
    shown = known_connection(visit)
    if shown.state not in ("none", "expired"):
        try:
            # A frozen pydantic model hashes by value.
            name = _company_name(visit.environment, int(visit.now.timestamp()) // _NAME_KEPT)  # pyright: ignore[reportArgumentType]
            shown = msgspec.structs.replace(
                known_connection(visit), company_name=name
            )  # asking may have extended the connection
        except QuickBooksError as error:
            shown = msgspec.structs.replace(shown, trouble=for_the_desk(str(error)))
    return visit.render(
        "setup_connection.html",
        connection=shown,
        connect_address=visit.url("connect"),
        may_connect=visit.may("approver"),
        sandbox="sandbox" in visit.environment.quickbooks_base_url,
    )


@lru_cache(maxsize=100)
def _company_name(environment: Environment, _moment: int) -> str:
    """The name of the company's books, asked of QuickBooks; an error is not kept."""
    return str(client_of(environment).company_info().get("CompanyName") or "")
