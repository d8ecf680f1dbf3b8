"""The end of a plan: every row has its result, and rows in = created + updated + skipped + failed, in count and in money."""

from rentaxis_pipelines.ledger import plans, results, settled
from rentaxis_pipelines.ledger.database import lost_connection_explained
from rentaxis_pipelines.ledger.results import Proof
from rentaxis_pipelines.sync.run import Run


class RowsDoNotAddUp(Exception):
    """A record was lost or counted twice. This is a fault of the program; nothing about it is hidden."""


@lost_connection_explained()
def finish_plan(run: Run, plan_id: str) -> Proof:
    """Write the results the plan itself decided, then prove the sums, close the plan, and mark what stands as it is to stand.

    Raises RowsDoNotAddUp if a sum is broken: the run must fail loudly. Raises LedgerUnreachable if the ledger is lost,
    PlanUnknown if the plan is another company's.
    """
    plan = plans.plan_of(run.connection, run.realm, plan_id)
    results.save_decided(run.connection, plan_id, run.now())
    run.connection.commit()
    proof = results.proof(run.connection, plan_id)
    if not proof.holds:
        raise RowsDoNotAddUp(
            f"Plan {plan_id}: {proof.rows_in} records were planned, {proof.rows_out} have a result, {proof.without_result} have none, and "
            f"their totals are {'equal' if proof.money_in == proof.money_out else 'not equal'}. Leave the ledger as it is and "
            "report this."
        )
    # A forced preview would write everything and wrote nothing: it says nothing of what stands.
    if not (plan.dry_run and plan.forced):
        settled.keep_settled(run.connection, plan_id)
    plans.finish_plan(run.connection, plan_id, run.now())
    run.connection.commit()
    return proof
