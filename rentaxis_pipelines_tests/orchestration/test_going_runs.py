"""Which runs of a company have not ended, as Dagster knows them."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.test_utils import create_run_for_test  # what Dagster's own tests use; pinned exactly

from rentaxis_pipelines.orchestration.going_runs import runs_not_ended
from rentaxis_pipelines.orchestration.names import REALM_TAG

GOING = ("NOT_STARTED", "STARTING", "STARTED", "CANCELING")


def test_a_run_counts_from_the_queue_to_its_end_and_only_its_own_companys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert runs_not_ended("111") == []
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        ours = {
            create_run_for_test(
                instance, "bulk_sync__elm", status=dg.DagsterRunStatus(status), tags={REALM_TAG: "111"}
            ).run_id
            for status in GOING
        }
        for status, realm in (
            ("SUCCESS", "111"),
            ("FAILURE", "111"),
            ("CANCELED", "111"),
            ("STARTED", "1112"),
        ):
            create_run_for_test(
                instance, "bulk_sync__elm", status=dg.DagsterRunStatus(status), tags={REALM_TAG: realm}
            )
    assert set(runs_not_ended("111")) == ours
    # A run in the queue wants the address of a code server, so none is made here.
    assert dg.DagsterRunStatus.QUEUED in NOT_FINISHED_STATUSES
