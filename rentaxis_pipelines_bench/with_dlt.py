"""dlt with a small destination of ours, the way its documentation builds one: dlt cuts, spools and calls, the function posts a batch.

Here: that pipeline. Not here: the comparison (``speed``). dlt keeps each load package on disk until it is loaded, as it always does;
what QuickBooks answered it does not keep.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

import dlt
import requests

from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS, BatchItem, encode_batch
from rentaxis_pipelines_bench.measured_company import MeasuredCompany

# dlt's own settings, by environment: nothing leaves the machine, nothing is said.
_QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
# As it comes, dlt writes one file, and sends one batch after the other. Files of seven batches give its threads something to share.
_ON_TEN_THREADS = {
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": str(7 * MAX_ITEMS),
    "LOAD__WORKERS": "10",  # QuickBooks takes ten requests at once
}


def loader(
    measured: MeasuredCompany, name: str, bodies: Sequence[dict[str, Any]], *, threads: bool
) -> Callable[[], object]:
    """What loads these invoices through dlt when it is called; raises what dlt raises if a batch was refused."""
    settings = _QUIET | (_ON_TEN_THREADS if threads else {})
    url = f"{measured.quickbooks.base_url}/v3/company/{measured.quickbooks.realm_id}/batch?minorversion=75"
    session = requests.Session()
    session.headers.update(
        {
            "Authorization": f"Bearer {measured.quickbooks.access_token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
    )

    @dlt.destination(
        batch_size=MAX_ITEMS, loader_file_format="typed-jsonl", max_table_nesting=0, name="quickbooks"
    )
    def quickbooks(items: Any, table: Any) -> None:  # noqa: ARG001 - dlt's signature
        batch = [
            BatchItem(str(number), "create", "Invoice", item["invoice"])
            for number, item in enumerate(items, start=1)
        ]
        answer = session.post(url, data=encode_batch(batch), timeout=60)
        answer.raise_for_status()
        if any("Fault" in item for item in answer.json()["BatchItemResponse"]):
            raise RuntimeError("QuickBooks refused a row.")

    def load() -> object:
        with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, settings):
            pipeline = dlt.pipeline(
                f"bench_{name.replace('.', '_')}", pipelines_dir=folder, destination=quickbooks
            )
            rows = [{"invoice": body} for body in bodies]
            return pipeline.run(rows, table_name="invoices", columns={"invoice": {"data_type": "json"}})

    return load
