"""The chain's fixtures: what a sync does, without Dagster."""

from rentaxis_pipelines_tests.support.chain import chain
from rentaxis_pipelines_tests.support.decidable import decidable

__all__ = ["chain", "decidable"]
