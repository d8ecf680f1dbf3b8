"""The plan that a run stored, first on the run's page: what to look at, and the way to its Excel file.

Here: which plan that is. Not here: what is said of it (``reports.plan_markdown``), and the result of the run (``results``).
"""

from typing import Any

from rentaxis_pipelines.ledger import previews
from rentaxis_pipelines.orchestration.assets.kept_files import plan_file
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.session import StepContext, SyncSession
from rentaxis_pipelines.reports.plan_keeping import keep
from rentaxis_pipelines.reports.plan_markdown import plan_markdown
from rentaxis_pipelines.reports.plan_reading import page_of
from rentaxis_pipelines.sync.planning.saving import overwrites_id


def plan_shown(context: StepContext, session: SyncSession) -> dict[str, Any]:
    """``plan`` and ``plan_file``, to stand before all other metadata of the whole run; nothing of a run that stored no plan.

    A preview stores what it would do, a forced run what it would have overwritten.
    """
    run = session.engine(context).run
    for preview_id in (run.run_id, overwrites_id(run.run_id)):
        for preview in previews.meant(run.connection, run.realm, preview_id):
            page = page_of(run.connection, run.realm, preview_id)
            keep(run.connection, preview, page)  # for the desk, which reads no plan as a whole
            run.connection.commit()
            return {
                "plan": md(plan_markdown(page)),
                "plan_file": plan_file(context, session.scope.environment, page),
            }
    return {}
