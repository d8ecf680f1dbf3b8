"""The first page of the set-up: what is connected, what is missing, what runs by itself, and the way to each.

It does not ask QuickBooks: it reads the ledger, and QuickBooks' lists as they were last read. RentAxis is asked what it is set to sync.
"""

from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import settings_versions, snapshots
from rentaxis_pipelines.ledger.open_records import remedies
from rentaxis_pipelines.mapping.preflight import SettingsProblem, check_company, check_mappings
from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.reports.mapping_table import SectionName, key_of
from rentaxis_pipelines.sync.company_settings import note_version
from rentaxis_pipelines.sync.snapshot import references_of
from rentaxis_pipelines.sync.source import RentAxis
from rentaxis_pipelines.web.desk.forms import Form, page
from rentaxis_pipelines.web.desk.setup.connection import known_connection
from rentaxis_pipelines.web.desk.setup.mapping_facts import MAPPING_REASONS
from rentaxis_pipelines.web.desk.setup.saving import settings_file, show
from rentaxis_pipelines.web.desk.sync import offered_by
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
        waiting = remedies(connection, visit.realm, MAPPING_REASONS)
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
        rentaxis=_rentaxis(visit),
        problems=[_shown(problem) for problem in problems],
        lists_as_of=lists_as_of[0] if lists_as_of else None,
        waiting_rows=sum(remedy.rows for remedy in waiting),
        waiting_amount=sum((remedy.amount for remedy in waiting), Decimal(0)),
        newest=newest,
        company=visit.company,
    )


@dataclass(frozen=True)
class ShownSource:
    """``name``: the organization's, empty where RentAxis does not answer. ``trouble``: a sentence, if something is to be done there."""

    name: str
    trouble: str


def _rentaxis(visit: Visit) -> ShownSource:
    try:
        settings = RentAxis(visit.environment, visit.zone).settings()
    except ERRORS_FOR_PEOPLE as error:
        return ShownSource("", for_the_desk(f"RentAxis does not answer. {error}"))
    return ShownSource(settings.organization_name, offered_by(settings).note)


@dataclass(frozen=True)
class ShownProblem:
    """``section``: the mappings where it is put right; None: ``remedy`` says what to do."""

    text: str
    remedy: str
    section: SectionName | None


def _shown(problem: SettingsProblem) -> ShownProblem:
    key = key_of(problem.key_path)
    return ShownProblem(
        text=for_the_desk(problem.reason),
        remedy=for_the_desk(problem.remedy),
        section=key[0] if key else None,
    )
