"""The first page of a company: what needs a person today."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import open_records
from rentaxis_pipelines.web.desk.forms import page
from rentaxis_pipelines.web.desk.visit import Visit


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [page("", _show)]


def _show(visit: Visit) -> Response:
    with visit.ledger() as connection:
        attention = open_records.total(connection, visit.realm)
    return visit.render("home.html", attention=attention)
