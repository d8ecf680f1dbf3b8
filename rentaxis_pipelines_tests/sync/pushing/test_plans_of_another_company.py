"""A plan belongs to one QuickBooks company: no other pushes it, judges it or writes its results."""

from dataclasses import replace

import pytest

from rentaxis_pipelines.ledger.database import PlanUnknown
from rentaxis_pipelines.settings import Guard
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.guard import Unusual, hold, judge
from rentaxis_pipelines.sync.pushing.push import push


@pytest.mark.parametrize("deed", ["push", "finish_plan", "judge", "hold back"])
def test_a_plan_of_another_company_is_refused_with_a_sentence(company, deed):
    """Whatever is done with it: nothing is sent, and the plan is as it was for its own company."""
    deeds = {
        "push": push,
        "finish_plan": finish_plan,
        "judge": lambda run, plan_id: judge(run, plan_id, Guard()),
        "hold back": lambda run, plan_id: hold(run, plan_id, Unusual("Too many.", ""), "Look at it."),
    }
    before = len(company.objects("Invoice"))
    with company.run("ours") as run:
        plan_id = company.plan(run, company.invoice("1"))
        other = replace(run, realm="4620816365180000001", run_id="theirs")
        with pytest.raises(
            PlanUnknown, match=f"company 4620816365180000001 has no plan {plan_id}, so nothing was sent"
        ):
            deeds[deed](other, plan_id)
        run.connection.rollback()
        assert len(company.objects("Invoice")) == before
        push(run, plan_id)
        assert finish_plan(run, plan_id).rows_out == 1
    assert len(company.objects("Invoice")) == before + 1
