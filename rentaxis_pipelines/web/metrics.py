"""``/metrics``: how the companies stand, for Prometheus. The guard lets a request through to here without a person, so it is judged here.

With WEB_METRICS_TOKEN, whoever brings the token reads it, under any host name: a scraper in a cluster goes by address. Without, only a
program on this machine does, and only where nothing else serves the UI to others.
"""

import datetime as dt
import hmac
import ipaddress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from rentaxis_pipelines.orchestration.queue import state_of
from rentaxis_pipelines.render.prometheus import CONTENT_TYPE, exposition
from rentaxis_pipelines.reports.metrics import gauges
from rentaxis_pipelines.reports.status import statuses_of
from rentaxis_pipelines.web.addresses import check_address, check_not_forwarded, header, peer_of
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines.web.people import RequestRefused

METRICS = "/metrics"


def routes(desk: Desk) -> list[BaseRoute]:
    """The one address."""

    def show(request: Request) -> Response:
        try:
            refuse_stranger(desk.door, request.scope)
        except RequestRefused as refused:
            return PlainTextResponse(f"{refused}\n", refused.status)
        return PlainTextResponse(_text(desk), media_type=CONTENT_TYPE)

    return [Route(METRICS, show, methods=["GET"])]


def refuse_stranger(door: Door, scope: Scope) -> None:
    """Raises RequestRefused unless the request may read the metrics."""
    token = door.settings.web_metrics_token.get_secret_value()
    if token:
        brought = header(scope, b"authorization") or ""
        if not hmac.compare_digest(brought.encode(), f"Bearer {token}".encode()):
            raise RequestRefused(401, "Metrics need the token of WEB_METRICS_TOKEN as a bearer token.")
        return
    if door.settings.public_urls or not _is_this_machine(scope):
        raise RequestRefused(403, "Set WEB_METRICS_TOKEN to read the metrics from another machine.")
    check_address(scope, door.addresses)
    check_not_forwarded(scope)


def _is_this_machine(scope: Scope) -> bool:
    try:
        return ipaddress.ip_address(peer_of(scope)).is_loopback
    except ValueError:
        return False


def _text(desk: Desk) -> str:
    scopes = desk.scopes()
    dagster = state_of(desk.dagster.instance, scopes)  # None is said by rentaxis_dagster_up
    now = dt.datetime.fromtimestamp(desk.door.now(), dt.UTC)
    statuses = statuses_of(scopes, now, dagster.queues if dagster else None)
    seen_at = dagster.daemon_seen_at if dagster else None
    return exposition(gauges(statuses, seen_at, dagster_answers=dagster is not None))
