"""A decision from a page: made in a moment on what the last run left, or handed to a run of its own while another one holds the company."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from rentaxis_pipelines.ledger import companies, decisions
from rentaxis_pipelines.ledger.companies import Registration
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.orchestration.decide import OP, handed_over
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.companies import CompanyChanged
from rentaxis_pipelines.sync.decisions import (
    DecisionMustWait,
    DecisionRequest,
    decide_at_once,
    held_for_decisions,
)
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.chain import COMPANY_FILE

AT = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
REALM, ORGANIZATION = "123145", "1"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def environment(ledger_database: str) -> Iterator[Environment]:
    """Settings whose RentAxis and QuickBooks answer nobody: a decision asks neither."""
    yield Environment.model_validate(
        {
            "rentaxis_company_file": COMPANY_FILE, "rentaxis_database_url": NOWHERE, "rentaxis_organization_id": ORGANIZATION,
            "pipelines_database_url": ledger_database, "pipelines_secret_key": "none", "quickbooks_realm_id": REALM,
            "quickbooks_client_id": "none", "quickbooks_client_secret": "none", "quickbooks_environment": "sandbox",
            "quickbooks_base_url": "http://127.0.0.1:1", "quickbooks_auth_base_url": "http://127.0.0.1:1",
        }
    )  # fmt: skip
    engine(ledger_database).dispose()


@pytest.fixture
def registered(environment: Environment) -> Environment:
    """As after the first run."""
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        companies.register(
            connection,
            Registration(realm=REALM, organization_id=ORGANIZATION, registered_at=AT, registered_by="x"),
        )
        connection.commit()
    return environment


EXCLUDE = DecisionRequest(kind="exclude", source_type="invoice", source_id="7", why="test entry", who="Dana")


def made(environment: Environment) -> list[Any]:
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        return decisions.history(connection, REALM)


def test_a_decision_is_made_without_asking_quickbooks_or_rentaxis(registered: Environment) -> None:
    decided = decide_at_once(registered, EXCLUDE, AT)
    assert made(registered) == [decided]


def test_while_a_run_holds_the_company_the_decision_has_to_wait(registered: Environment) -> None:
    url = registered.pipelines_database_url.get_secret_value()
    with (
        realm_lock(url, REALM, wait_seconds=1),
        pytest.raises(DecisionMustWait, match="A sync is running"),
        held_for_decisions(registered, wait_seconds=0.01),
    ):
        raise AssertionError("the realm is held by the run")
    assert made(registered) == []


def test_an_outstanding_answer_is_settled_before_anything_is_decided(registered: Environment) -> None:
    """It may be that of the very customer the decision is about: the next run would find two truths."""
    with connect(registered.pipelines_database_url.get_secret_value()) as connection:
        execute(
            connection,
            """insert into ledger.plans (plan_id, realm, run_id, record_type, first_day, last_day, forced, dry_run, requested_by, rows_in, money_in)
               values ('p', :realm, 'r', 'customers', current_date, current_date, false, false, 'x', 0, 0)""",
            realm=REALM,
        )
        execute(
            connection,
            """insert into ledger.requests (request_id, realm, plan_id, run_id, requested_by, path, body, state)
               values ('q', :realm, 'p', 'r', 'x', '/', '', 'sending')""",
            realm=REALM,
        )
        connection.commit()
    with pytest.raises(DecisionMustWait, match="before QuickBooks answered"):
        decide_at_once(registered, EXCLUDE, AT)


def test_nothing_is_decided_in_a_company_that_is_not_registered_or_another_ones(
    environment: Environment, registered: Environment
) -> None:
    other = registered.model_copy(update={"rentaxis_organization_id": "2"})
    with pytest.raises(CompanyChanged):
        decide_at_once(other, EXCLUDE, AT)
    unknown = registered.model_copy(update={"rentaxis_organization_id": "2", "quickbooks_realm_id": "9"})
    with pytest.raises(DecisionMustWait):
        decide_at_once(unknown, EXCLUDE, AT)


@pytest.mark.parametrize("kind", ["confirm", "exclude", "withdraw"])
def test_what_is_handed_over_fits_the_form_of_its_job(kind: Any) -> None:
    """Dagster itself checks it."""
    request = DecisionRequest(
        kind=kind, source_type="tenant", source_id="7", quickbooks_id="5" if kind == "confirm" else None, why="x", who="Dana",
        seen=3, withdraws=2 if kind == "withdraw" else None,
    )  # fmt: skip
    config = handed_over(request)
    assert dg.validate_run_config(company_jobs.job("decide"), config)
    form = config["ops"][OP]["config"][kind]
    assert (form["record_type"], form["source_id"], form["who"], form["seen"]) == (
        "tenant",
        "id:7",
        "Dana",
        3,
    )
