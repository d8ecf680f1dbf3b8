"""Runs one after another in one process, on the stack of the environment: each is kept in Dagster as those of the command line are.

Called as a program, because the definitions read the environment when they are loaded. Prints the id of each run, in order.
"""

import datetime as dt
import json
import sys

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.orchestration import launch
from rentaxis_pipelines.orchestration.decide import run_config
from rentaxis_pipelines.orchestration.options import REQUESTED_BY_TAG
from rentaxis_pipelines.settings import load_scope
from rentaxis_pipelines_tests.support import company_jobs

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(first: str, last: str, payment: str, tenant: str, invoice: str, person: str) -> None:
    """The payment is left out, a decision about the tenant is refused, the days are pushed, then the invoice by itself. ``person``: who, and why."""
    reasons = {"why": person, "who": person}
    scope = load_scope()
    with launch.instance() as instance:

        def decide(kind: str, form: dict[str, str]) -> str:
            return (
                company_jobs.job("decide")
                .execute_in_process(
                    run_config={**run_config(kind, form), **QUIET},
                    instance=instance,
                    tags={REQUESTED_BY_TAG: person},
                    raise_on_error=False,
                )
                .run_id
            )

        days = DateRange.of_days(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        runs = [
            decide("exclude", {**reasons, "record_type": "payment", "source_id": payment}),
            decide(
                "confirm",
                {**reasons, "record_type": "tenant", "source_id": tenant, "quickbooks_id": person},
            ),
            # Other tests have pushed days of this company before, and these hold far more money.
            launch.run_range(scope, days, instance=instance, confirm_unusual=True).run_id,
            launch.run_record(scope, "invoice", invoice, force=True, instance=instance).run_id,
        ]
    print(json.dumps(runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
