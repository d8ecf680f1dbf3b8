"""The policies: what to do in doubtful cases, the limits that hold a run back, and which days are synced."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.setup.code_location import reloaded
from rentaxis_pipelines.web.desk.setup.saving import (
    CHANGE_SETTINGS,
    checked,
    save,
    settings_file,
    show,
    why_of,
)
from rentaxis_pipelines.web.desk.setup.settings_form import Setting, changes_of, fields, titles_of
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role


@dataclass(frozen=True)
class Group:
    """Settings that belong together. ``about``: the section of the settings whose explanation stands above them."""

    title: str
    settings: Sequence[Setting]
    about: str = ""


def _policy(key: str, title: str) -> Setting:
    return Setting(("policies", key), title)


def _limit(key: str, title: str) -> Setting:
    return Setting(("policies", "guard", key), title, empty="no limit")


GROUPS: Final[Sequence[Group]] = (
    Group(
        "Records",
        (
            _policy("closed_period", "Records in a closed period"),
            _policy("deleted", "Records deleted in RentAxis"),
            _policy("adopt", "Numbers that QuickBooks has already"),
            _policy("matched_customers", "Customers and vendors that were there before"),
            _policy("check_numbers", "Check numbers"),
            _policy("unapplied", "Payments of invoices that are not there yet"),
            _policy("vendor_credits", "Expenses below zero"),
            _policy("returned_payments", "Payments that came back"),
        ),
    ),
    Group(
        "Approval",
        (
            _policy("approval", "When a person approves first"),
            _policy("overwrite_edits", "Force, and what was changed in QuickBooks"),
            _policy("preview_days", "Days a plan can be approved"),
        ),
    ),
    Group(
        "Limits that hold a run back",
        (
            _limit("rows", "Most records"),
            _limit("money", "Largest amount"),
            _limit("voids", "Most voids"),
            _limit("times_usual", "Times the usual"),
            _limit("first_rows", "Most records in the first weeks"),
            _limit("first_money", "Largest amount in the first weeks"),
            _limit("first_average", "Largest average in the first weeks"),
        ),
        about="guard",
    ),
    Group(
        "Classes and locations",
        (
            Setting(("mappings", "class_by"), "Classes"),
            Setting(("mappings", "location_by"), "Locations"),
            Setting(("mappings", "make_missing"), "Create what is missing"),
        ),
    ),
    Group(
        "Days",
        (
            Setting(("first_day",), "First day that can be synced"),
            Setting(("go_live",), "Records before this day are skipped"),
            Setting(("days_ahead",), "Days ahead that can be synced"),
        ),
    ),
)
SETTINGS: Final[Sequence[Setting]] = [setting for group in GROUPS for setting in group.settings]
# Which days there are to sync is known to Dagster by the days it was loaded with.
_OF_DAYS = ("first_day", "days_ahead")


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page("/setup/policies", lambda visit: _page(visit, Form({}))),
        action("/setup/policies", _save, role=Role.approver, what=CHANGE_SETTINGS, again=_page),
    ]


def _page(visit: Visit, form: Form, sentence: str = "") -> Response:
    current = settings_file(visit)
    company = current.file.company
    about = Setting(("policies", "guard"), "").explanation.text
    groups = [
        (group.title, about if group.about else "", fields(group.settings, company, form)) for group in GROUPS
    ]
    return show(visit, "setup_policies.html", form, sentence, current, groups=groups)


def _save(visit: Visit, form: Form) -> Response:
    current = settings_file(visit)
    changes = changes_of(form, SETTINGS, current.file.company)
    if not changes:
        raise FormError("The settings say this already, so nothing was saved.")
    why = why_of(form)
    save(visit, form, checked(current, changes, titles=titles_of(SETTINGS)), why)
    said = "Saved. It counts from the next run on."
    if any(key_path[0] in _OF_DAYS for key_path in changes):
        said = f"Saved. {reloaded(visit)}"
    return visit.go(visit.url("setup", "policies"), said)
