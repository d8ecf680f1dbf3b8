"""What runs by itself for the company: on or off, switched in the person's name; and Dagster told to read the settings anew.

The nightly schedule is the company's own, and its state is Dagster's. The sensors are shared by all companies, so that each company's
switch stands in the ledger (``orchestration.switches``); what Dagster says of them is whether they run for anybody.
Here: the calls. Not here: the page (``automation``), launching runs (``desk.launching``).
"""

from dataclasses import dataclass
from typing import Any, Final

from rentaxis_pipelines.ledger.automation_switches import AutomationSwitch, newest, save
from rentaxis_pipelines.orchestration.names import BULK_SYNC, named
from rentaxis_pipelines.orchestration.switches import former_states, is_on
from rentaxis_pipelines.sync.resync import edited, fixed, missed
from rentaxis_pipelines.web.desk.launching import DagsterAway
from rentaxis_pipelines.web.desk.visit import Visit

NIGHTLY: Final = "nightly"
_RUNNING: Final = "RUNNING"
# By their plain names, in the order in which a page lists them.
AUTOMATIC: Final = (NIGHTLY, missed.SENSOR, fixed.SENSOR, edited.SENSOR)
_NOT_SWITCHED = "Dagster, which does the work, did not take the change. Try again in a minute; if it stays so, tell whoever runs it."
_LATER = "It counts once the sync's services are restarted: tell whoever runs them."

_STATES = """query States($repository: RepositorySelector!) {
  schedulesOrError(repositorySelector: $repository) { __typename ... on Schedules { results { name scheduleState { id status } } } }
  sensorsOrError(repositorySelector: $repository) { __typename ... on Sensors { results { name sensorState { id status } } } } }"""
_START_SCHEDULE = """mutation Start($selector: ScheduleSelector!) { startSchedule(scheduleSelector: $selector) { __typename } }"""
_STOP_SCHEDULE = """mutation Stop($id: String!) { stopRunningSchedule(id: $id) { __typename } }"""
_RELOAD = """mutation Reload($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename
  ... on WorkspaceLocationEntry { locationOrLoadError { __typename } } } }"""


@dataclass(frozen=True)
class Automatic:
    """One of those that run by themselves. ``state_id``: Dagster's id of its state.

    ``stopped_for_all``: a sensor that is switched off in Dagster works for no company, whatever its own switch says.
    """

    name: str
    is_on: bool
    state_id: str
    stopped_for_all: bool = False


def automatic(visit: Visit) -> dict[str, Automatic]:
    """All of the company's that there are, by plain name. Raises DagsterAway."""
    answer = _ask(visit, _STATES, {"repository": _repository(visit)})
    schedules = {
        each["name"]: each["scheduleState"] for each in answer["schedulesOrError"].get("results", [])
    }
    sensors = {each["name"]: each["sensorState"] for each in answer["sensorsOrError"].get("results", [])}
    states: dict[str, Automatic] = {}
    if (nightly := schedules.get(named(visit.made_for, NIGHTLY))) is not None:
        states[NIGHTLY] = Automatic(NIGHTLY, nightly["status"] == _RUNNING, nightly["id"])
    with visit.ledger() as connection:
        switches = newest(connection, visit.realm)
    former = former_states(visit.desk.dagster.instance)
    for name in AUTOMATIC[1:]:
        if (state := sensors.get(name)) is not None:
            on = is_on(name, visit.scope, switches, former)
            states[name] = Automatic(name, on, state["id"], state["status"] != _RUNNING)
    return states


def switch(visit: Visit, one: Automatic, *, on: bool) -> None:
    """Switch it on or off for the company. Raises DagsterAway if Dagster did not take it."""
    if one.name != NIGHTLY:
        changed = AutomationSwitch(
            realm=visit.realm, sensor=one.name, running=on, who=visit.who, at=visit.now
        )
        with visit.ledger() as connection:
            save(connection, changed)
            connection.commit()
        return
    if on:
        selector = {**_repository(visit), "scheduleName": named(visit.made_for, NIGHTLY)}
        answer = _ask(visit, _START_SCHEDULE, {"selector": selector})
    else:
        answer = _ask(visit, _STOP_SCHEDULE, {"id": one.state_id})
    (outcome,) = answer.values()
    if outcome["__typename"].endswith("Error") or outcome["__typename"].endswith("NotFound"):
        raise DagsterAway(_NOT_SWITCHED)


def reloaded(visit: Visit) -> str:
    """Have Dagster read the settings that it reads when it starts; what is the case then, as a sentence."""
    try:
        location = _repository(visit)["repositoryLocationName"]
        answer = _ask(visit, _RELOAD, {"name": location})["reloadRepositoryLocation"]
    except DagsterAway:
        return _LATER
    loaded = answer.get("locationOrLoadError") or {}
    if answer["__typename"] == "WorkspaceLocationEntry" and loaded.get("__typename") == "RepositoryLocation":
        return "It counts in a few minutes at the latest."
    return _LATER


def _repository(visit: Visit) -> dict[str, str]:
    location, repository = visit.desk.dagster.place_of(visit.person, named(visit.made_for, BULK_SYNC))
    return {"repositoryLocationName": location, "repositoryName": repository}


def _ask(visit: Visit, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    return visit.desk.dagster.ask(visit.person, query, variables)
