"""A company's switch of a sensor, as a person at the desk moves it."""

import datetime as dt

from rentaxis_pipelines.ledger.automation_switches import AutomationSwitch, save
from rentaxis_pipelines.ledger.database import connect


def switch(url: str, realm: str, *sensors: str, running: bool) -> None:
    """Switch these sensors on or off in the ledger at that address, for the company of that realm."""
    now = dt.datetime.now(dt.UTC)
    with connect(url) as connection:
        for sensor in sensors:
            save(connection, AutomationSwitch(realm=realm, sensor=sensor, running=running, who="ann", at=now))
        connection.commit()
