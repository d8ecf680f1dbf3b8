"""Where Dagster looks for a project's definitions; they are made in ``orchestration``."""

from rentaxis_pipelines.orchestration.definitions import build_defs, defs

__all__ = ["build_defs", "defs"]
