"""The first page of the set-up: what is connected, what is missing, what runs by itself, and the way to each.

It asks neither QuickBooks nor RentAxis: it reads the ledger, and QuickBooks' lists as they were last read.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import settings_versions, snapshots
from rentaxis_pipelines.ledger.open_records import total_of_reasons
from rentaxis_pipelines.mapping.preflight import check_company, check_mappings
from rentaxis_pipelines.sync.company_settings import note_version
from rentaxis_pipelines.sync.snapshot import references_of
from rentaxis_pipelines.web.desk.forms import Form, page
from rentaxis_pipelines.web.desk.setup.connection import known_connection
from rentaxis_pipelines.web.desk.setup.mapping_facts import MAPPING_REASONS
from rentaxis_pipelines.web.desk.setup.saving import settings_file, show
from rentaxis_pipelines.web.desk.visit import Visit


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [page("/setup", _page)]


def _page(visit: Visit) -> Response:
    current = settings_file(visit)
    with visit.ledger() as connection:
        note_version(connection, visit.realm, current.file.path, visit.now)
        newest = settings_versions.newest(connection, visit.realm)
        lists_as_of = snapshots.state_of(connection, visit.realm)
        references = references_of(connection, visit.realm)
        waiting = total_of_reasons(connection, visit.realm, MAPPING_REASONS)
    problems = (
        [*check_company(visit.company, references), *check_mappings(visit.company, references)]
        if lists_as_of
        else []
    )
    return show(
        visit,
        "setup.html",
        Form({}),
        "",
        current,
        connection=known_connection(visit),
        problems=problems,
        lists_as_of=lists_as_of[0] if lists_as_of else None,
        waiting=waiting,
        newest=newest,
        company=visit.company,
    )
