"""Where Dagster looks for a project's definitions; they are made in ``orchestration``, for the companies of the environment."""

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.settings import scopes_from_environment

defs = build_defs(scopes_from_environment())
