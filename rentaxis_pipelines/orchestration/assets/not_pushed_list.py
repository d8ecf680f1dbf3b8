"""The list of what no run pushes, on the page of a run's results: a line with count and money, or the whole."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.session import SyncSession
from rentaxis_pipelines.render.markdown import Markdown, text
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.not_pushed import NotPushed
from rentaxis_pipelines.reports.not_pushed import as_markdown, one_line, read_groups
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.sync.run import Run


class NotPushedList:
    """The list as RentAxis has it now. One that cannot be read says so, and costs a run that has pushed its rows nothing."""

    def __init__(self, session: SyncSession, run: Run) -> None:
        self._found: Sequence[NotPushed] = ()
        self._trouble: str | None = None
        environment = session.scope.environment
        url = environment.rentaxis_database_url.get_secret_value()
        days = reach(session.scope.company, run.now())
        try:
            self._found = read_groups(
                run.connection,
                run.realm,
                url,
                environment.rentaxis_organization_id,
                days,
                session.scope.company.zone,
            )
        except SourceError as error:
            self._trouble = f"The list of records that no run pushes could not be read. {error}"

    @property
    def line(self) -> dict[str, Any]:
        """For each day of many: one line."""
        return {"not_pushed": dg.MetadataValue.text(self._trouble or one_line(self._found))}

    @property
    def whole(self) -> dict[str, Any]:
        """For the run's own page: the line and the table."""
        shown: Markdown = as_markdown(self._found) if self._trouble is None else text(self._trouble)
        return {"not_pushed": md(shown)}
