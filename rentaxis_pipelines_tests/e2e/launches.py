"""Runs one after another in one process, on the stack of the environment: each is kept in Dagster as those of the command line are.

Called as a program, because the definitions read the environment when they are loaded. Prints the id of each run, in order.
"""

import datetime as dt
import json
import sys

from rentaxis_pipelines import launch
from rentaxis_pipelines.assets.session import REQUESTED_BY_TAG
from rentaxis_pipelines.definitions import defs


def main(first: str, last: str, record: str, person: str) -> None:
    """A person decides twice, once in vain; the range is pushed, and one record by itself. ``person``: who, and why."""
    tags = {REQUESTED_BY_TAG: person}
    about = {"record_type": "expense", "source_id": record, "why": person, "who": person}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with launch.instance() as instance:

        def run(job: str, config: dict | None = None) -> str:
            return (
                defs.resolve_job_def(job)
                .execute_in_process(run_config={**(config or {}), **quiet}, instance=instance, tags=tags, raise_on_error=False)
                .run_id
            )

        days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        runs = [
            run("exclude_record", {"ops": {"exclude_record_op": {"config": about}}}),
            run("confirm_link", {"ops": {"confirm_link_op": {"config": {**about, "record_type": "tenant", "quickbooks_id": person}}}}),
            launch.run_range("bulk_sync", *days, instance=instance).run_id,
            launch.run_record("invoice", record, force=True, instance=instance).run_id,
        ]
    print(json.dumps(runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
