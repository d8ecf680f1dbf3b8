"""Keeps what a stored plan comes to, and its rows in the order they are read, once the plan is whole. Reads and writes the ledger.

Done at the end of the run that made the plan, where its page is made anyhow; a plan without it is summed up when it is first looked at.
Not here: what is kept (``plan_summary``).
"""

import contextlib
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import plan_lines, previews
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.reports.plan_page import PlanPage
from rentaxis_pipelines.reports.plan_reading import page_of
from rentaxis_pipelines.reports.plan_summary import PlanSummary, ShortSummary, lines_of, summary_of
from rentaxis_pipelines.sync.previews import is_whole

_READ_SHORT = msgspec.json.Decoder(ShortSummary).decode
_AT_ONCE = 5  # older ones are summed up when somebody looks at them
_READ = msgspec.json.Decoder(PlanSummary).decode


def kept_summary(connection: sa.Connection, preview_id: str) -> PlanSummary | None:
    """What was kept of the plan; None where nothing was, or it was kept by a release that kept something else."""
    text = previews.summary_of(connection, preview_id)
    try:
        return None if text is None else _READ(text)
    except msgspec.ValidationError:
        return None


def short_summaries(connection: sa.Connection, preview_ids: Sequence[str]) -> dict[str, ShortSummary]:
    """What was kept of these plans, as far as a list needs it, by plan; one that was not summed up is absent."""
    short: dict[str, ShortSummary] = {}
    for preview_id, text in previews.short_summaries(connection, preview_ids).items():
        with contextlib.suppress(msgspec.ValidationError):
            short[preview_id] = _READ_SHORT(text)
    return short


def summed_up(connection: sa.Connection, preview: Preview) -> PlanSummary | None:
    """What the plan comes to, which is made and kept where it was not yet; None while the plan is not whole. Commits what it makes."""
    known = kept_summary(connection, preview.preview_id)
    if known is not None or not is_whole(connection, preview):
        return known
    # Two people opening it at once: the second waits for the first.
    execute(connection, "select pg_advisory_xact_lock(hashtextextended(:name, 0))", name=preview.preview_id)
    known = kept_summary(connection, preview.preview_id)
    if known is None:
        page = page_of(connection, preview.realm, preview.preview_id)
        known = keep(connection, preview, page)
    connection.commit()
    return known


def sum_up_new(connection: sa.Connection, realm: str) -> None:
    """Sum up the plans that a run has left to be approved and whose page it has not made: what the guard held back. Commits."""
    for preview in previews.waiting_without_summary(connection, realm, _AT_ONCE):
        summed_up(connection, preview)


def keep(connection: sa.Connection, preview: Preview, page: PlanPage) -> PlanSummary:
    """Keep what the page of a whole plan comes to, and return it; the caller commits."""
    plans = previews.plans_of(connection, preview.realm, preview.preview_id)
    summary = summary_of(preview, plans, page)
    plan_lines.replace_lines(connection, preview.preview_id, lines_of(preview, page))
    previews.write_summary(connection, preview.preview_id, msgspec.json.encode(summary).decode())
    return summary
