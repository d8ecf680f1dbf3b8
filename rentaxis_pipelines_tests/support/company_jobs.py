"""What Dagster would load for the company that the environment describes: its definitions and jobs, made anew each time.

Jobs are asked for by their plain names (``bulk_sync``), assets by their paths under the company (``sync/invoices``).
"""

from typing import Any

import dagster as dg

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.jobs import keys_of
from rentaxis_pipelines.orchestration.names import key, named
from rentaxis_pipelines.settings import load_scope

Overrides = dict[str, type[Any]]


def definitions(overrides: Overrides | None = None) -> dg.Definitions:
    """The company's definitions; ``overrides``: the classes that stand in for those of its session or its frames."""
    return build_defs([load_scope()], **(overrides or {}))


def job(name: str, overrides: Overrides | None = None) -> dg.JobDefinition:
    """The company's job of that name."""
    return definitions(overrides).resolve_job_def(named(load_scope(), name))


def asset(path: str) -> dg.AssetKey:
    """The company's asset of that path."""
    return key(load_scope(), *path.split("/"))


def keys(*record_types: str) -> list[dg.AssetKey]:
    """The assets of a run of the company that pushes these record types alone."""
    return keys_of(load_scope(), record_types)


def chosen(assets: str, overrides: Overrides | None = None) -> dg.JobDefinition:
    """These assets as they are chosen in the UI: ``key:rentaxis/* or key:sync/invoices``."""
    selection = dg.AssetSelection.from_string(assets.replace("key:", f"key:{load_scope().slug}/"))
    only = dg.Definitions(jobs=[dg.define_asset_job("chosen", selection)])
    return dg.Definitions.merge(definitions(overrides), only).resolve_job_def("chosen")


def shared_sensor(name: str) -> dg.SensorDefinition:
    """The sensor of that name, which looks after every company; here after this one."""
    return next(sensor for sensor in definitions().sensors or () if sensor.name == name)
