"""The chain's fixtures: what a sync does, without Dagster."""

from rentaxis_pipelines_tests.support.chain import chain

__all__ = ["chain"]
