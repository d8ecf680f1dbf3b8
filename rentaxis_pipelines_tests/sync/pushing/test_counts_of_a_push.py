"""The counts a run shows while it pushes: every row to send is sent once and answered once, whatever QuickBooks does meanwhile."""

import pytest

from rentaxis_pipelines.sync.progress import Progress
from rentaxis_pipelines.sync.pushing.push import push


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "delay", "seconds": 0.0},
        {"action": "lose_answer"},
        {"action": "fault_items", "items": [0, 2], "code": "3001"},
    ],
    ids=["nothing", "an answer lost", "rows throttled"],
)
def test_all_that_is_to_send_is_sent_and_answered_once(company, fault):
    """Also where an answer was lost and looked for, and where a batch is sent again."""
    company.fault(operation="batch", **fault)
    seen: list[tuple[int, int, int]] = []
    with company.run() as run:
        run.progress.listeners.append(lambda one: seen.append((one.to_send, one.sent, one.answered)))
        push(run, company.plan(run, *(company.invoice(str(number)) for number in range(1, 36))))
        assert isinstance(run.progress, Progress)
    assert seen[-1] == (35, 35, 35)
    assert all(answered <= sent <= to_send for to_send, sent, answered in seen)
    assert seen == sorted(seen)
