"""The two ways to decide, command line and Dagster form, end in the same ledger."""

import datetime as dt
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from rentaxis_pipelines.ledger import decisions, open_records
from rentaxis_pipelines.ledger.open_groups import Group
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.orchestration import decide
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.open_rows import TRIED, leave_open, row


@pytest.fixture
def connected(chain: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The chain's settings as the process environment has them."""
    for name in type(chain.environment).model_fields:
        value = getattr(chain.environment, name)
        if value is None:
            continue
        monkeypatch.setenv(name.upper(), str(getattr(value, "get_secret_value", lambda value=value: value)()))
    return chain


def history(chain: Any) -> list[tuple[str, str, str | None, str, str]]:
    with chain.run() as run:
        found = decisions.history(run.connection, run.realm)
    return [(one.kind, one.source_id, one.quickbooks_id, one.why, one.who) for one in found]


def test_the_command_line_lists_what_waits_and_takes_the_decision(connected) -> None:
    """And says in one sentence why a decision is refused."""
    from rentaxis_pipelines.cli.links import exclude, links
    from rentaxis_pipelines.sync.decisions import DecisionRefused

    source_type, source_id = connected.labelled("match_name_only")
    connected.sync("customers")
    shell = CliRunner()
    listed = shell.invoke(links, ["list", "--json"])
    assert listed.exit_code == 0
    assert '"Terrence Boyd"' in listed.output and '"quickbooks_id": "5"' in listed.output
    done = shell.invoke(
        links, ["confirm", source_type, source_id, "5", "--why", "same lease", "--who", "Dana"]
    )
    assert done.output.splitlines()[0].startswith("Tenant Terrence Boyd")
    assert (
        done.output.splitlines()[-1]
        == f"Tenant {source_id} is customer 5. Records waiting for it are pushed by the next run."
    )
    refused = shell.invoke(links, ["confirm", source_type, source_id, "6", "--why", "x", "--who", "Dana"])
    assert isinstance(refused.exception, DecisionRefused)
    assert str(refused.exception).startswith(
        f"Nothing was decided. Tenant {source_id} is linked to customer 5."
    )
    assert shell.invoke(exclude, ["invoice", "1", "--why", "test entry", "--who", "Dana"]).exit_code == 0
    assert history(connected) == [
        ("confirm", source_id, "5", "same lease", "Dana"),
        ("exclude", "1", None, "test entry", "Dana"),
    ]
    may_and_june = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 6, 30)}
    rows = connected.sync("customers", "invoices", **may_and_june)
    billed = [one for one in connected.objects("Invoice", "CustomerRef = '5'") if one["PrivateNote"]]
    assert rows[source_type, source_id].reason_code == "unchanged"
    assert billed and {rows[parse_marker(one["PrivateNote"])].status for one in billed} == {"created"}


def test_the_form_of_each_kind_takes_its_decision_and_a_refusal_fails_the_run_with_the_reason(
    connected, monkeypatch
) -> None:
    """An accountant fills in type, id, reason and name; nothing else is asked."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(connected.environment.rentaxis_company_file))
    source_type, source_id = connected.labelled("match_name_only")

    def fill_in(kind: str, **more: str) -> dg.ExecuteInProcessResult:
        form = {
            "record_type": source_type,
            "source_id": source_id,
            "why": "same lease",
            "who": "Dana",
            **more,
        }
        with dg.DagsterInstance.ephemeral() as instance:
            return company_jobs.job("decide").execute_in_process(
                run_config=decide.run_config(kind, form),
                instance=instance,
                raise_on_error=False,
            )

    for kind, more in (
        ("reject", {"quickbooks_id": "6"}), ("confirm", {"quickbooks_id": "5"}), ("relink", {"quickbooks_id": "10"}),
        ("unlink", {}), ("make_new", {}), ("exclude", {}), ("include", {}), ("withdraw", {}),
    ):  # fmt: skip
        assert fill_in(kind, **more).success, kind
    kinds = [one[0] for one in history(connected)]
    assert kinds == [
        "reject",
        "confirm",
        "unlink",
        "relink",
        "unlink",
        "make_new",
        "exclude",
        "include",
        "withdraw",
    ]
    failed = fill_in("confirm", quickbooks_id="999")
    assert not failed.success
    (failure,) = [event for event in failed.all_events if event.is_step_failure]
    assert "Nothing was decided. QuickBooks has no customer 999" in str(
        failure.step_failure_data.user_failure_data.description
    )


def test_a_group_excluded_while_a_sync_ran_is_excluded_by_a_run_of_its_own(connected, monkeypatch) -> None:
    """As it was when the person looked; an instant that is none is a sentence."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(connected.environment.rentaxis_company_file))
    with connected.run() as run:
        leave_open(run.connection, run.realm, row(1), row(2))
        run.connection.commit()
        (cause,) = open_records.causes(run.connection, run.realm)

    def fill_in(until: dt.datetime | str) -> dg.ExecuteInProcessResult:
        config = decide.group_handed_over(Group(cause=cause.cause), TRIED, who="Dana", why="entered by hand")
        config["ops"][decide.OP]["config"][decide.EXCLUDE_GROUP]["until"] = str(until)
        with dg.DagsterInstance.ephemeral() as instance:
            return company_jobs.job("decide").execute_in_process(
                run_config=config, instance=instance, raise_on_error=False
            )

    assert not fill_in("yesterday").success
    assert not fill_in(TRIED.replace(tzinfo=None)).success
    assert history(connected) == []
    assert fill_in(TRIED).success
    made = sorted(history(connected))
    assert made == [("exclude", number, None, "entered by hand", "Dana") for number in ("1", "2")]
