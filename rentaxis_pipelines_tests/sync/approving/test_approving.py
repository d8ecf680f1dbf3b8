"""A plan that a person saw and approved is pushed exactly so: what was seen goes, and nothing else does."""

import pytest

from rentaxis_pipelines.ledger import previews
from rentaxis_pipelines.model.errors import CannotLaunch

JUNE = {
    "first_day": __import__("datetime").date(2026, 6, 1),
    "last_day": __import__("datetime").date(2026, 6, 30),
}


def rows_of(chain, plan):
    with chain.run() as run:
        return previews.rows_of(run.connection, run.realm, plan)


def test_what_a_preview_shows_is_what_its_approval_writes(chain):
    plan = chain.preview()
    seen = rows_of(chain, plan)
    to_send = {(row.source_type, row.source_id): row.action for row in seen if row.status is None}
    results = chain.approve(plan)
    written = {key: row.action for key, row in results.items() if row.status in ("created", "updated")}
    print({k: (r.reason_code, r.reason) for k, r in results.items() if k in to_send and k not in written})
    print({k: results[k] for k in written if k not in to_send})
    assert written == to_send
    again = chain.sync()
    print([r for r in again.values() if r.status in ("created", "updated")])
    assert {row.status for row in again.values()} <= {"skipped", "failed"}
    with pytest.raises(CannotLaunch, match="pushed once"):
        chain.approve(plan)
