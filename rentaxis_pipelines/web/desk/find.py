"""Finding one record by number, name, e-mail, amount or id: one box, all types at once; the only one found is shown at once."""

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.matching.vendors import NAME_ALONE
from rentaxis_pipelines.reports.find_records import Findings, FoundRecord, find_records
from rentaxis_pipelines.reports.search_terms import LONGEST, SearchTooLong, search_terms
from rentaxis_pipelines.web.desk.forms import page
from rentaxis_pipelines.web.desk.visit import Visit


def routes() -> list[BaseRoute]:
    """The address of this page."""
    return [page("/find", _show)]


def _show(visit: Visit) -> Response:
    typed = visit.query.get("q", "")
    try:
        terms = search_terms(typed)
    except SearchTooLong as error:
        return _listed(visit, typed[:LONGEST], None, str(error), status=400)
    if terms.is_empty:
        return _listed(visit, "", None)
    with visit.ledger() as connection:
        found = find_records(visit.scope, connection, terms)
    if len(found.records) == 1 and not found.remark:
        return RedirectResponse(address_of(visit, found.records[0]), 303, {"cache-control": "no-store"})
    shown = f"id:{terms.text}" if terms.only_id else terms.text
    return _listed(visit, shown, found)


def address_of(visit: Visit, record: FoundRecord) -> str:
    """The page of the record. A vendor that RentAxis has no id of is asked for by its name."""
    by_name = record.source_id.startswith(NAME_ALONE)
    called = record.name.removeprefix("Vendor ") if by_name else None
    return visit.url("records", record.source_type, record.source_id, called=called)


def _listed(
    visit: Visit, typed: str, found: Findings | None, sentence: str = "", *, status: int = 200
) -> Response:
    records = found.records if found is not None else []
    return visit.render(
        "find.html",
        status=status,
        typed=typed,
        longest=LONGEST,
        found=found,
        sentence=sentence,
        records=[(record, address_of(visit, record)) for record in records],
    )
