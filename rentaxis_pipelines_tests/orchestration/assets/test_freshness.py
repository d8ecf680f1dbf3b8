"""Dagster expects each night's results by the morning, on the company's clock."""

import datetime as dt

import pytest

from rentaxis_pipelines.orchestration.assets.results import freshness, results_asset
from rentaxis_pipelines.settings import load_scope


@pytest.mark.parametrize(("nightly", "deadline"), [("02:15", "15 8 * * *"), ("23:30", "30 5 * * *")])
def test_the_deadline_is_hours_after_the_nightly_run_begins(
    tmp_path, monkeypatch, nightly: str, deadline: str
) -> None:
    file = tmp_path / "company.yaml"
    file.write_text(
        f"slug: elm\ntime_zone: America/Denver\nfirst_day: 2026-01-01\nautomation: {{nightly_at: '{nightly}'}}\n"
    )
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    scope = load_scope()
    policy = freshness(scope)
    assert (policy.deadline_cron, policy.timezone) == (deadline, "America/Denver")  # pyright: ignore[reportAttributeAccessIssue]
    assert policy.lower_bound_delta == dt.timedelta(hours=6)  # pyright: ignore[reportAttributeAccessIssue]
    (spec,) = results_asset(scope).specs
    assert spec.freshness_policy == policy
