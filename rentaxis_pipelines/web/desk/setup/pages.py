"""All pages of the set-up. Here: the list."""

from starlette.routing import BaseRoute

from rentaxis_pipelines.web.desk.setup import (
    automation,
    connection,
    mappings,
    notices,
    overview,
    policies,
    versions,
)


def routes() -> list[BaseRoute]:
    """Every address of the set-up."""
    return [
        *overview.routes(),
        *connection.routes(),
        *mappings.routes(),
        *policies.routes(),
        *automation.routes(),
        *notices.routes(),
        *versions.routes(),
    ]
