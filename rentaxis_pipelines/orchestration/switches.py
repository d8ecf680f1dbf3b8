"""Whether a sensor works for a company: the installation has one sensor of each kind, and each company its own switch.

What counts is what a person chose last, at the desk; before anybody has, the state of the sensor of its own that the company had in
earlier versions; else ``automation.switched_on`` in the company file.
Not here: the rows of the switches (``ledger.automation_switches``), the page (``web.desk.setup.automation``).
"""

from collections.abc import Mapping

import dagster as dg
from dagster._core.scheduler.instigation import (  # pinned exactly; they have no public names
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
)

from rentaxis_pipelines.ledger.automation_switches import AutomationSwitch
from rentaxis_pipelines.orchestration.names import named
from rentaxis_pipelines.settings import Scope

FormerStates = Mapping[str, InstigatorState]  # by the name that the sensor had: ``missed_nights__elm_street``
_SWITCHED = {InstigatorStatus.RUNNING: True, InstigatorStatus.STOPPED: False}


def former_states(instance: dg.DagsterInstance) -> FormerStates:
    """What Dagster still knows of sensors, those of earlier versions among them."""
    if instance.schedule_storage is None:  # an instance in memory keeps no states
        return {}
    states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    return {state.instigator_name: state for state in states}


def is_on(sensor: str, scope: Scope, switches: Mapping[str, AutomationSwitch], former: FormerStates) -> bool:
    """Whether the sensor works for the company. ``switches``: the company's, by sensor."""
    if sensor in switches:
        return switches[sensor].running
    state = former.get(named(scope, sensor))
    switched = _SWITCHED.get(state.status) if state is not None else None
    return scope.company.automation.switched_on if switched is None else switched


def former_cursor(sensor: str, scope: Scope, former: FormerStates) -> str | None:
    """Up to where the company's own sensor of an earlier version had come; None where there was none."""
    state = former.get(named(scope, sensor))
    data = state.instigator_data if state is not None else None
    return data.cursor if isinstance(data, SensorInstigatorData) else None
