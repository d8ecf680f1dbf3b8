"""What runs by itself: each on or off, the hour of the night, how far back it catches up, how often it tries."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.settings.yaml_edit import Value
from rentaxis_pipelines.settings.yaml_file import KeyPath
from rentaxis_pipelines.sync.company_settings import note_decision
from rentaxis_pipelines.sync.resync import edited, fixed, missed
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.launching import DagsterAway
from rentaxis_pipelines.web.desk.setup.code_location import (
    AUTOMATIC,
    NIGHTLY,
    Automatic,
    automatic,
    reloaded,
    switch,
)
from rentaxis_pipelines.web.desk.setup.saving import (
    CHANGE_SETTINGS,
    SettingsFile,
    checked,
    save,
    settings_file,
    show,
    why_of,
)
from rentaxis_pipelines.web.desk.setup.settings_form import Setting, changes_of, fields, titles_of
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

_HOUR: Final = ("automation", "nightly_at")
_SWITCHED_ON: Final = ("automation", "switched_on")
SETTINGS: Final[Sequence[Setting]] = (
    Setting(_HOUR, "Time of the nightly sync"),
    Setting(("automation", "catch_up_days"), "Days back that are caught up"),
    Setting(("automation", "tries"), "Tries"),
)
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    NIGHTLY: ("Nightly sync", "Every night, the records of the day before."),
    missed.SENSOR: ("Missed nights", "Nights that did not run are caught up."),
    fixed.SENSOR: (
        "Records that were fixed",
        "What failed or waited goes again once it was fixed, decided or mapped.",
    ),
    edited.SENSOR: (
        "Records that were edited",
        "What was edited after it was pushed, or entered late, goes again.",
    ),
}


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page("/setup/automation", lambda visit: _page(visit, Form({}))),
        action("/setup/automation", _save, role=Role.approver, what=CHANGE_SETTINGS, again=_page),
    ]


def _page(visit: Visit, form: Form, sentence: str = "") -> Response:
    current = settings_file(visit)
    try:
        states, trouble = automatic(visit), ""
    except DagsterAway as error:
        states, trouble = {}, str(error)
    shown = [
        (name, *TITLES[name], states[name].is_on, _wanted(form, states[name]), states[name].stopped_for_all)
        for name in AUTOMATIC
        if name in states
    ]
    return show(
        visit,
        "setup_automation.html",
        form,
        sentence,
        current,
        switches=shown,
        away=trouble,
        shown=fields(SETTINGS, current.file.company, form),
    )


def _wanted(form: Form, one: Automatic) -> bool:
    """What the person chose, or how it is."""
    was = form[f"was_on/{one.name}"]
    chosen = form.ticked(f"on/{one.name}")
    return chosen if was and (was == "yes") != chosen else one.is_on


def _save(visit: Visit, form: Form) -> Response:
    current = settings_file(visit)
    states = automatic(visit)
    switched = [one for one in states.values() if _wanted(form, one) != one.is_on]
    changes: dict[KeyPath, Value] = dict(changes_of(form, SETTINGS, current.file.company))
    if not switched and not changes:
        raise FormError("The settings say this already, so nothing was saved.")
    why = why_of(form)
    done = [f"{TITLES[one.name][0]} {'off' if one.is_on else 'on'}" for one in switched]
    kept_why = f"{why} ({', '.join(done)})" if done else why
    in_file = changes | _first_state(current, states, switched)
    if in_file:
        save(visit, form, checked(current, in_file, titles=titles_of(SETTINGS)), kept_why)
    for one in switched:
        switch(visit, one, on=not one.is_on)
    if switched and not in_file:
        with visit.ledger() as connection:
            note_decision(
                connection, visit.realm, current.file.path, who=visit.who, why=kept_why, now=visit.now
            )
    said = f"Switched: {', '.join(done)}." if done else "Saved."
    if _HOUR in changes:
        said = f"{said} {reloaded(visit)}"
    return visit.go(visit.url("setup", "automation"), said)


def _first_state(
    current: SettingsFile, states: Mapping[str, Automatic], switched: Sequence[Automatic]
) -> dict[KeyPath, Value]:
    """How all of them begin where nobody has switched them yet: as they are now, if all are alike."""
    after = {one.is_on != (one in switched) for one in states.values()}
    now = current.file.company.automation.switched_on
    if current.read_only or not switched or len(after) != 1 or now in after:
        return {}
    return {_SWITCHED_ON: not now}
