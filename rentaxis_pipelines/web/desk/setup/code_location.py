"""What runs by itself, as Dagster has it: on or off, switched in the person's name; and Dagster told to read the settings anew.

Here: the calls. Not here: the page (``automation``), launching runs (``desk.launching``).
"""

from dataclasses import dataclass
from typing import Any, Final

from rentaxis_pipelines.orchestration.names import BULK_SYNC, named
from rentaxis_pipelines.sync.resync import edited, fixed, missed
from rentaxis_pipelines.web.desk.launching import DagsterAway
from rentaxis_pipelines.web.desk.visit import Visit

NIGHTLY: Final = "nightly"
# By their plain names, in the order in which a page lists them.
AUTOMATIC: Final = (NIGHTLY, missed.SENSOR, fixed.SENSOR, edited.SENSOR)
_NOT_SWITCHED = "Dagster, which does the work, did not take the change. Try again in a minute; if it stays so, tell whoever runs it."
_LATER = "It counts once the sync's services are restarted: tell whoever runs them."

_STATES = """query States($repository: RepositorySelector!) {
  schedulesOrError(repositorySelector: $repository) { __typename ... on Schedules { results { name scheduleState { id status } } } }
  sensorsOrError(repositorySelector: $repository) { __typename ... on Sensors { results { name sensorState { id status } } } } }"""
_START_SCHEDULE = """mutation Start($selector: ScheduleSelector!) { startSchedule(scheduleSelector: $selector) { __typename } }"""
_STOP_SCHEDULE = """mutation Stop($id: String!) { stopRunningSchedule(id: $id) { __typename } }"""
_START_SENSOR = (
    """mutation Start($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { __typename } }"""
)
_STOP_SENSOR = """mutation Stop($id: String!) { stopSensor(id: $id) { __typename } }"""
_RELOAD = """mutation Reload($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename
  ... on WorkspaceLocationEntry { locationOrLoadError { __typename } } } }"""


@dataclass(frozen=True)
class Automatic:
    """One of those that run by themselves. ``state_id``: Dagster's id of its state."""

    name: str
    is_on: bool
    state_id: str


def automatic(visit: Visit) -> dict[str, Automatic]:
    """All of the company's that there are, by plain name. Raises DagsterAway."""
    answer = _ask(visit, _STATES, {"repository": _repository(visit)})
    states: dict[str, Any] = {
        **{each["name"]: each["scheduleState"] for each in answer["schedulesOrError"].get("results", [])},
        **{each["name"]: each["sensorState"] for each in answer["sensorsOrError"].get("results", [])},
    }
    return {
        name: Automatic(name, state["status"] == "RUNNING", state["id"])
        for name in AUTOMATIC
        if (state := states.get(named(visit.made_for, name))) is not None
    }


def switch(visit: Visit, one: Automatic, *, on: bool) -> None:
    """Switch it on or off. Raises DagsterAway if Dagster did not take it."""
    is_schedule = one.name == NIGHTLY
    if on:
        kind = "schedule" if is_schedule else "sensor"
        selector = {**_repository(visit), f"{kind}Name": named(visit.made_for, one.name)}
        answer = _ask(visit, _START_SCHEDULE if is_schedule else _START_SENSOR, {"selector": selector})
    else:
        answer = _ask(visit, _STOP_SCHEDULE if is_schedule else _STOP_SENSOR, {"id": one.state_id})
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
