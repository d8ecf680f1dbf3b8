"""The list of what no run pushes, on the page of a run's results: a line with count and money, or the whole."""

from typing import Any

import dagster as dg

from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.render.markdown import text
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.reports.not_pushed import as_markdown, one_line, read_groups
from rentaxis_pipelines.sync.run import Run


def not_pushed_list(session: SyncSession, run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """The list as RentAxis has it now: one line for each day of many, and the line with the table for a page of its own.

    A list that cannot be read says so, and costs a run that has pushed its rows nothing.
    """
    try:
        groups = read_groups(run, session.scope.environment, session.scope.company)
    except SourceError as error:
        line = f"The list of records that no run pushes could not be read. {error}"
        table = text(line)
    else:
        line, table = one_line(groups), as_markdown(groups)
    return {"not_pushed": dg.MetadataValue.text(line)}, {"not_pushed": md(table)}
