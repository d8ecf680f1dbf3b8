"""Attached files that a person removed in QuickBooks: noticed by as few metered reads as possible, one in a run as a rule.

Such a file is reported when its day is next run, and is not attached again without force. Not here: what is attached, and what is said of
it (``planning.paper_rows``).
"""

import datetime as dt

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.model.record_type import PAPER
from rentaxis_pipelines.quickbooks.upload import ATTACHABLE
from rentaxis_pipelines.sync.edits import note_deletions, note_edits
from rentaxis_pipelines.sync.run import Run


def note_removed_papers(run: Run, since: dt.datetime) -> None:
    """Note which of ours are no longer in QuickBooks; nothing is read where none was ever attached. The caller commits."""
    if not links.are_any(run.connection, run.realm, PAPER):
        return
    changes = run.client.changes_since((ATTACHABLE,), since)
    if changes.complete:
        note_edits(run, ATTACHABLE, changes.objects.get(ATTACHABLE, []))
        removed = set(changes.deleted.get(ATTACHABLE, []))
        ours = links.of_objects(run.connection, run.realm, ATTACHABLE, removed) if removed else []
    else:
        # More changed than one answer holds, as after the upload of a whole history: those that stand are counted through.
        there = {str(attached["Id"]) for attached in run.client.query_all(ATTACHABLE)}
        live = links.live_of_type(run.connection, run.realm, PAPER)
        ours = [link for link in live if link.quickbooks_id not in there]
    gone = [link for link in ours if link.state == "live"]
    note_deletions(run, ATTACHABLE, [link.quickbooks_id for link in gone])
    links.save_gone(
        run.connection, run.realm, [(link.source_type, link.source_id) for link in gone], run.now()
    )
