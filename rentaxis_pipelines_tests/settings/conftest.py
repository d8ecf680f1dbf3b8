"""A folder of companies, and a process environment without any variable of ours."""

from rentaxis_pipelines_tests.support.company_folders import companies

__all__ = ["companies"]
