"""Which record types a company has assets of: those that every RentAxis has, and those that its company file names (``also_push``).

Definitions are loaded without asking RentAxis. What its settings switch on besides is pushed by a run of all types as well, in the step of
the results (``assets.results``). Not here: which types a run was asked for (``session``), what is pushed at all (``sync.choice``).
"""

from collections.abc import Collection

import dagster as dg

from rentaxis_pipelines.model.record_types import BY_NAME, RECORD_TYPES, with_basic_types
from rentaxis_pipelines.orchestration.names import sync_key
from rentaxis_pipelines.rentaxis.frames import RECORD_TYPES as MODELS
from rentaxis_pipelines.rentaxis.frames import RecordType as Model
from rentaxis_pipelines.settings import Scope


def types_with_assets(scope: Scope) -> tuple[str, ...]:
    """In the order they are pushed."""
    return with_basic_types(scope.company.also_push)


def types_without_assets(scope: Scope) -> tuple[str, ...]:
    """The others, in the order they are pushed."""
    having = types_with_assets(scope)
    return tuple(name for name in RECORD_TYPES if name not in having)


def models_with_extracts(scope: Scope) -> tuple[Model, ...]:
    """The staging models of their records."""
    having = {model for name in types_with_assets(scope) for model in BY_NAME[name].models}
    return tuple(model for model in MODELS if model in having)


def pushed_by(scope: Scope, selected: Collection[dg.AssetKey]) -> tuple[str, ...]:
    """The record types that a run of these assets pushes. One of all that the company has assets of pushes what there is besides, too."""
    having = types_with_assets(scope)
    chosen = tuple(name for name in having if sync_key(scope, name) in selected)
    return RECORD_TYPES if chosen == having else chosen
