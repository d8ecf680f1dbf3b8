"""What stands in for a company file that cannot be used, so that the company keeps its place in Dagster and says why it does not work.

A company that disappeared would be silent: its nights would not run and nobody would be told. With a stand-in its schedule and its sensors
tick, and fail with the sentence. Nothing is ever pushed by a stand-in: every run reads the settings anew and refuses (``Scope.current``).
"""

import datetime as dt
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rentaxis_pipelines.settings.company import Company
from rentaxis_pipelines.settings.errors import SettingsError
from rentaxis_pipelines.settings.yaml_file import read_yaml

_KEPT = ("slug", "time_zone", "first_day", "days_ahead")  # what days and clock in Dagster are made of


def stand_in(file: Path, slug: str | None = None) -> Company:
    """A company of that short name, else of the one in the file, with as much of the file's days, clock and nightly hour as can be read."""
    try:
        written, _ = read_yaml(file)
    except SettingsError:
        written = {}
    # Switched on: a tick that fails is seen, and one of a company that nobody switched on sends nothing either.
    values: dict[str, Any] = {
        "time_zone": "UTC",
        "first_day": dt.date(dt.datetime.now(dt.UTC).year, 1, 1),
        "automation": {"switched_on": True},
    }
    for key, value in {**written, **({"slug": slug} if slug else {})}.items():
        if key in _KEPT:
            values = _with(values, key, value)
    automation = written.get("automation")
    if isinstance(automation, dict):
        nightly = automation.get("nightly_at")
        values = _with(values, "automation", {"switched_on": True, "nightly_at": nightly})
    return Company.model_validate(values)


def _with(values: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The values with this one, if they can be used with it."""
    changed = {**values, key: value}
    try:
        Company.model_validate(changed)
    except ValidationError:
        return values
    return changed
