"""The chain's fixtures: what a sync does, without Dagster. And a folder of companies."""

from rentaxis_pipelines_tests.support.chain import chain
from rentaxis_pipelines_tests.support.company_folders import companies
from rentaxis_pipelines_tests.support.decidable import decidable

__all__ = ["chain", "companies", "decidable"]
