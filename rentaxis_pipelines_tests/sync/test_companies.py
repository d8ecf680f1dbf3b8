"""Which organization belongs to which QuickBooks company: registered at the first use, refused once changed, moved by a person."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.fernet import Fernet

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.stack import COMPANY_FILE
from rentaxis_pipelines.ledger import companies
from rentaxis_pipelines.ledger.database import RunOfAnotherCompany, connect, engine, migrate
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.choice import WrongCompany
from rentaxis_pipelines.sync.companies import CompanyChanged, hold_to_company, move_company
from rentaxis_pipelines.sync.run import utc_now
from rentaxis_pipelines.sync.session import open_run
from rentaxis_pipelines.sync.source import RentAxis

Settings = Callable[..., Environment]


@pytest.fixture(scope="module")
def rentaxis(postgres: embedded.Server, rentaxis_template: str) -> Iterator[str]:
    name = f"rentaxis_{uuid.uuid4().hex}"
    yield postgres.create_database(name, template=rentaxis_template)
    postgres.drop_database(name)


@pytest.fixture
def settings(rentaxis: str, database: str) -> Iterator[Settings]:
    """``settings(organization, realm)``: what the environment says. RentAxis connects the organization to ``theirs``."""

    def say(organization: str, realm: str, theirs: str | None = None, source: str = rentaxis) -> Environment:
        with psycopg.connect(source) as connection:
            connection.execute("delete from rentaxis.quickbooks_connections")
            connection.execute(
                "insert into rentaxis.quickbooks_connections (id, organization_id, realm_id) values (1, %s, %s)",
                [organization, theirs or realm],
            )
        return Environment(
            rentaxis_database_url=source,
            pipelines_database_url=database,
            quickbooks_base_url="http://127.0.0.1:9",
            quickbooks_auth_base_url="http://127.0.0.1:9",
            quickbooks_realm_id=realm,
            quickbooks_client_id="x",
            quickbooks_client_secret="x",
            pipelines_secret_key=Fernet.generate_key().decode(),
            rentaxis_organization_id=organization,
            rentaxis_company_file=COMPANY_FILE,
        )  # pyright: ignore[reportArgumentType] - pydantic turns texts into secrets

    migrate(database)
    yield say
    engine(database).dispose()


def run(environment: Environment, run_id: str | None = None) -> None:
    """A run that plans one thing, so that the ledger holds something of the realm."""
    source = RentAxis(environment, ZoneInfo("America/New_York"))
    name = run_id or uuid.uuid4().hex
    with open_run(environment, name, "Dana", source=source, wait_seconds=5) as opened:
        opened.connection.exec_driver_sql(
            "insert into ledger.plans values (%s, %s, %s, 'invoices', now(), now(), false, false, 'Dana', 0, 0)",
            (uuid.uuid4().hex, opened.realm, opened.run_id),
        )
        opened.connection.commit()


def registered(environment: Environment) -> list[tuple[str, str]]:
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        return [(one.organization_id, one.realm) for one in companies.all_registrations(connection)]


def test_the_first_use_registers_the_pair_once(settings: Settings) -> None:
    for _ in range(2):
        run(settings("1", "77"))
    run(settings("2", "88"))
    assert registered(settings("1", "77")) == [("1", "77"), ("2", "88")]


@pytest.mark.parametrize(
    ("organization", "realm", "said"),
    [
        (
            "1",
            "88",
            "RentAxis organization 1 is pushed to QuickBooks company 77 .*is now 88.*back to 77.*companies move",
        ),
        (
            "2",
            "77",
            "QuickBooks company 77 has the records of RentAxis organization 1 .*is now 2.*back to 1.*--same-records",
        ),
    ],
    ids=["another QuickBooks company", "another organization"],
)
def test_a_changed_pair_is_refused_before_anything_is_written(
    settings: Settings, organization: str, realm: str, said: str
) -> None:
    """Both are named, and what to do; the realm is free again at once."""
    run(settings("1", "77"))
    changed = settings(organization, realm)
    with pytest.raises(CompanyChanged, match=said) as refused:
        run(changed)
    assert "Nothing was written." in str(refused.value)
    assert "registered by Dana" in str(refused.value)
    assert registered(changed) == [("1", "77")]
    with realm_lock(changed.pipelines_database_url.get_secret_value(), realm, wait_seconds=0.1):
        pass


def test_a_pair_that_rentaxis_does_not_confirm_is_not_registered(settings: Settings) -> None:
    """A slip in the very first configuration must not bar the right one."""
    with pytest.raises(
        WrongCompany, match=r"the QuickBooks company of .* is 77, but QUICKBOOKS_REALM_ID is 78"
    ):
        run(settings("1", "78", theirs="77"))
    run(settings("1", "77"))
    assert registered(settings("1", "77")) == [("1", "77")]


def test_two_first_uses_of_one_organization_at_once_register_one(
    settings: Settings, rentaxis_database: str, database: str
) -> None:
    """Two RentAxis databases that each know an organization 1, each with the lock of its own realm: the second is refused."""
    environments = [settings("1", "77"), settings("1", "88", source=rentaxis_database)]
    outcomes: list[str] = []

    def use(environment: Environment) -> None:
        try:
            with connect(database) as connection:
                source = RentAxis(environment, ZoneInfo("America/New_York"))
                hold_to_company(connection, environment, source.settings, "Dana", utc_now())
            outcomes.append("registered")
        except CompanyChanged:
            outcomes.append("refused")

    threads = [threading.Thread(target=use, args=[one]) for one in environments]
    with connect(database) as first:
        companies.lock_registrations(first)
        for thread in threads:
            thread.start()
        waiting = sa.text(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
        )
        deadline = time.monotonic() + 300
        while first.execute(waiting).scalar_one() < len(threads) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert outcomes == [], "both have looked and found nothing registered"
    for thread in threads:
        thread.join(300)
    assert sorted(outcomes) == ["refused", "registered"]
    assert len(registered(environments[0])) == 1


def test_an_organization_moves_to_a_new_quickbooks_company_and_back(settings: Settings) -> None:
    """By a person, with the reason; the old realm stays the organization's own."""
    run(settings("1", "77"))
    there = settings("1", "88")
    said = move_company(there, "Dana", "new books since July")
    assert "organization 1 is pushed to QuickBooks company 88" in said
    run(there)
    with pytest.raises(CompanyChanged, match="pushed to QuickBooks company 88"):
        run(settings("1", "77"))
    with pytest.raises(CompanyChanged, match="77 has the records of RentAxis organization 1"):
        run(settings("2", "77"))
    back = settings("1", "77")
    move_company(back, "Dana", "a mistake")
    run(back)
    assert registered(back) == [("1", "77"), ("1", "88"), ("1", "77")]
    move_company(back, "Dana", "twice")
    assert len(registered(back)) == 3


def test_a_used_quickbooks_company_is_not_given_to_another_organization(
    settings: Settings, database: str
) -> None:
    """Its invoice 17 would be taken for the first one's invoice 17. Only a new id of the same organization is let through; what was
    extracted under the old one goes.
    """
    run(settings("1", "77"))
    with psycopg.connect(database) as connection:
        for schema, owner in (("staging_77", "1"), ("reports_77", "1"), ("staging_88", "9")):
            connection.execute(
                f"create schema {schema}; create table {schema}.frame_owner as select '{owner}' as organization_id".encode()
            )
    other = settings("2", "77")
    with pytest.raises(
        CompanyChanged, match=r"organization 1, and the records of organization 2 .*--same-records"
    ):
        move_company(other, "Dana", "why not")
    assert registered(other) == [("1", "77")]
    move_company(other, "Dana", "RentAxis was restored", same_records=True)
    run(other)
    with psycopg.connect(database) as connection:
        kept = connection.execute("select nspname from pg_namespace where nspname ~ '_(77|88)$'").fetchall()
    assert kept == [("staging_88",)]


def test_a_move_drops_what_an_organization_that_was_never_pushed_left_behind(
    settings: Settings, database: str
) -> None:
    """It was extracted while RentAxis connected it to this QuickBooks company; nothing else would free the place."""
    run(settings("1", "77"))
    with psycopg.connect(database) as connection:
        connection.execute(
            "create schema staging_77; create table staging_77.frame_owner as select '2' as organization_id"
        )
    move_company(settings("1", "77"), "Dana", "connected to the right one")
    assert registered(settings("1", "77")) == [("1", "77")]
    with psycopg.connect(database) as connection:
        assert connection.execute("select from pg_namespace where nspname = 'staging_77'").fetchall() == []


def test_a_move_that_rentaxis_contradicts_or_nobody_explains_is_refused(settings: Settings) -> None:
    run(settings("1", "77"))
    with pytest.raises(WrongCompany, match="QUICKBOOKS_REALM_ID is 88"):
        move_company(settings("1", "88", theirs="77"), "Dana", "new books")
    with pytest.raises(CompanyChanged, match="who decided it and why"):
        move_company(settings("1", "88"), "Dana", " ")
    assert registered(settings("1", "77")) == [("1", "77")]


def test_a_run_id_of_another_company_is_refused(settings: Settings) -> None:
    """Results are kept by run and record: a run is about one company."""
    run(settings("1", "77"), run_id="the-run")
    with pytest.raises(RunOfAnotherCompany, match="the-run has planned for QuickBooks company 77"):
        run(settings("2", "88"), run_id="the-run")


def test_the_commands_list_and_move(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    run(settings("1", "77"))
    for name, value in settings("1", "88").model_dump(exclude_none=True).items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        monkeypatch.setenv(name.upper(), text)
    moved = CliRunner().invoke(main, ["companies", "move", "--why", "new [b]books", "--who", "Dana"])
    assert moved.exit_code == 0, moved.output
    listed = CliRunner().invoke(main, ["companies", "list"])
    assert "first use" in listed.output
    assert "[b]books" in listed.output
    monkeypatch.setenv("QUICKBOOKS_REALM_ID", "99")
    refused = CliRunner().invoke(main, ["companies", "move", "--why", "a slip", "--who", "Dana"])
    assert refused.exit_code == 2
    assert len(CliRunner().invoke(main, ["companies", "list", "--json"]).output) > 10
    assert len(registered(settings("1", "88"))) == 2
