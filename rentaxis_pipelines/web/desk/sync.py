"""The page that starts a sync, or a preview of one: which records, which days, force. Here: reading the form, and launching.

Not here: which days a preset means (``sync_days``), the run's own page (``run``), the plan that a preview makes (``plans``).
"""

import secrets
from collections.abc import Collection
from functools import partial
from typing import NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.checks.everything import check_connections
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import CHOSEN, RECORD_TYPES, with_basic_types
from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.sync.source import RentAxis
from rentaxis_pipelines.web.desk import sync_days
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

_EMPTY = Form({})
_FROM_QUICKBOOKS = "from_quickbooks"


class Offered(NamedTuple):
    """The record types that can be chosen, and what a person should know about that before they choose."""

    record_types: tuple[str, ...]
    note: str


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page("/sync", partial(_show, form=_EMPTY, trouble="")),
        action("/sync", _start, role=Role.operator, what="start a sync", again=_show),
    ]


def _show(visit: Visit, form: Form, trouble: str) -> Response:
    offered, every_day = _offered(visit), reach(visit.company, visit.now)
    presets = sync_days.presets(visit.today, every_day)
    return visit.render(
        "sync.html",
        trouble_said=trouble,
        kinds=[kind for kind in CHOSEN if kind.name in offered.record_types],
        note=offered.note,
        ticked=set(form.all("type")) if form else set(offered.record_types),
        presets=presets,
        chosen=form["days"] if form else sync_days.DEFAULT,
        own=sync_days.OWN,
        first_day=form["first_day"],
        last_day=form["last_day"],
        every_day=every_day,
        force=form.ticked("force"),
        mark=form["mark"] or secrets.token_urlsafe(12),
    )


def _start(visit: Visit, form: Form) -> Response:
    record_types = _chosen_types(form)
    if record_types == _offered(visit).record_types:
        record_types = RECORD_TYPES  # no choice of some: what is switched on meanwhile is pushed too
    days = _chosen_days(visit, form)
    preview, force = form["do"] == "preview", form.ticked("force")

    def launch() -> str:
        return visit.launcher.range(days, record_types, force=force, preview=preview)

    if not form["mark"]:
        raise FormError("This form has expired. Nothing was started; open the page again.")
    check_connections(visit.environment)  # what a run would stop at is said here, where nothing typed is lost
    run_id, first = visit.desk.launched_once((visit.made_for.slug, visit.who, form["mark"]), launch)
    return visit.go(
        visit.url("runs", run_id), "" if first else "This was started already; nothing was started twice."
    )


def _chosen_types(form: Form) -> tuple[str, ...]:
    ticked = form.all("type")
    record_types = tuple(name for name in RECORD_TYPES if name in ticked)
    if not record_types or len(record_types) != len(set(ticked)):
        raise FormError("Tick at least one kind of record.")
    return record_types


def _chosen_days(visit: Visit, form: Form) -> DateRange:
    every_day = reach(visit.company, visit.now)
    try:
        return sync_days.chosen(
            form["days"],
            form["first_day"],
            form["last_day"],
            sync_days.presets(visit.today, every_day),
            every_day,
        )
    except sync_days.NoSuchDays as error:
        raise FormError(f"{error} Nothing was started.") from error


def _offered(visit: Visit) -> Offered:
    """The types that the organization syncs, by its own settings in RentAxis; all that can be chosen where it cannot be asked."""
    try:
        settings = RentAxis(visit.environment, visit.zone).settings()
    except ERRORS_FOR_PEOPLE as error:
        return Offered(
            with_basic_types(visit.company.also_push),
            f"RentAxis does not answer, so it is not known which records it is set to sync; all are offered. {error}",
        )
    return offered_by(settings, visit.company.also_push)


def offered_by(settings: IntegrationSettings, also_pushed: Collection[str] = ()) -> Offered:
    """What RentAxis' settings enable and the company pushes besides, of what can be chosen, in the order it is pushed."""
    choosable = with_basic_types(also_pushed)
    name = settings.organization_name
    if settings.enabled_types is None:
        return Offered(
            choosable,
            f"In RentAxis, {name} is not connected to QuickBooks yet. Connect it there (Integrations, QuickBooks) before you start.",
        )
    chosen = {*settings.enabled_types, *also_pushed} if settings.enabled_types else ()
    enabled = tuple(kind for kind in choosable if kind in chosen)
    if not enabled:
        return Offered(
            choosable,
            f"In RentAxis, no kind of record of {name} is switched on for QuickBooks (Integrations, QuickBooks). Until one is, nothing is pushed.",
        )
    if settings.sync_direction == _FROM_QUICKBOOKS:
        return Offered(
            enabled,
            f"In RentAxis, {name} is set to take records from QuickBooks only. A sync would push nothing until that is changed there.",
        )
    return Offered(enabled, "")
