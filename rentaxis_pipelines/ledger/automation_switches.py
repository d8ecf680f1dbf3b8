"""Which sensors a person switched on or off for a company. Append only; the caller commits.

Not here: what counts where nobody has switched one (``orchestration.switches``).
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch


class AutomationSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """``sensor``: its name, such as missed_nights. ``running``: whether it is on from ``at`` on."""

    switch_id: int = 0
    realm: str
    sensor: str
    running: bool
    who: str
    at: dt.datetime


def save(connection: sa.Connection, switch: AutomationSwitch) -> None:
    """Add a version; its id is given by the ledger."""
    statement = """insert into ledger.automation_switches (realm, sensor, running, who, at)
                   values (:realm, :sensor, :running, :who, :at)"""
    values = msgspec.structs.asdict(switch)
    del values["switch_id"]
    execute(connection, statement, **values)


def newest(connection: sa.Connection, realm: str) -> dict[str, AutomationSwitch]:
    """The company's newest version of each sensor's switch, by sensor; those that nobody has switched are absent.

    Of a ledger that an earlier version of the program made, and nothing has migrated yet, none is known.
    """
    made = execute(connection, "select to_regclass('ledger.automation_switches') is not null")
    if not made.scalar_one():
        return {}
    statement = """select distinct on (sensor) * from ledger.automation_switches where realm = :realm
                   order by sensor, switch_id desc"""
    switches = fetch(connection, AutomationSwitch, statement, realm=realm)
    return {switch.sensor: switch for switch in switches}
