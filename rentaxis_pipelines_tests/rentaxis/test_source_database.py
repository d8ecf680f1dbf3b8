import datetime as dt
import socket
import threading
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.database import (
    SourceAccessDenied,
    SourceError,
    SourceInterrupted,
    SourceOrganizationUnknown,
    SourceShapeChanged,
    SourceTooSlow,
    SourceUnreachable,
    snapshot,
    source_engine,
)
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.frames import RECORD_TYPES
from rentaxis_pipelines.rentaxis.integration import integration_settings

SECRET = "s3cret-pa55"


NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def year() -> DateRange:
    return DateRange(dt.date(2026, 1, 1), dt.date(2027, 1, 1))


def read_nothing(url: str) -> None:
    with snapshot(url):
        pass


def test_all_that_is_read_in_a_run_is_of_one_moment(source, year) -> None:
    """A row committed by somebody else after the snapshot began is not seen, by any extract of the run."""
    with snapshot(source.url) as connection:
        source.invoice(1, [10])
        source.payment(1)
        for record_type in ("invoices", "payments"):
            assert len(extract(connection, record_type, year, "1", NEW_YORK)) == 0
    with snapshot(source.url) as connection:
        assert len(extract(connection, "invoices", year, "1", NEW_YORK)) == 1


def test_nothing_can_be_written_through_a_snapshot(source) -> None:
    """The database itself refuses, whatever this program tries."""
    with pytest.raises(SourceError, match="was lost"), snapshot(source.url) as connection:
        connection.execute(sa.text("update rentaxis.tenants set name = 'x'"))


@pytest.fixture
def reader(postgres: embedded.Server, source):
    """URL of a user who may connect and nothing else; the role is gone after the test."""
    name = f"reader_{source.url.rsplit('_', 1)[1]}"
    source.execute(f"create role {name} login password '{SECRET}'")
    yield str(sa.make_url(source.url).set(username=name, password=SECRET).render_as_string(False))
    source.execute(f"drop owned by {name}")
    source.execute(f"drop role {name}")


def test_a_user_with_nothing_but_select_is_enough(source, reader, year) -> None:
    name = sa.make_url(reader).username
    source.invoice(1, [10])
    source.journal_entry(1)
    source.credit(1)
    source.paper(1)
    source.execute(f"grant usage on schema rentaxis to {name}")
    source.execute(f"grant select on all tables in schema rentaxis to {name}")
    with snapshot(reader) as connection:
        counts = {each: len(extract(connection, each, year, "1", NEW_YORK)) for each in RECORD_TYPES}
        assert integration_settings(connection, "1").organization_name == "Maple Property Care"
    assert counts == {
        "tenants": 1,
        "programs": 0,
        "invoices": 1,
        "payments": 0,
        "expenses": 0,
        "journal_entries": 1,
        "refunds": 0,
        "deposits": 0,
        "deposit_settlements": 0,
        "credits": 1,
        "credit_applications": 1,
        "papers": 1,
    }


def test_a_missing_right_names_the_table_and_the_remedy(source, reader, year) -> None:
    name = sa.make_url(reader).username
    source.execute(f"grant usage on schema rentaxis to {name}")
    source.execute(f"grant select on all tables in schema rentaxis to {name}")
    source.execute(f"revoke select on rentaxis.invoice_lines from {name}")
    wanted = r"invoice_lines.*Grant it USAGE.*SELECT"
    with pytest.raises(SourceAccessDenied, match=wanted) as caught, snapshot(reader) as connection:
        extract(connection, "invoices", year, "1", NEW_YORK)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("drop table rentaxis.invoice_lines cascade", "invoice_lines"),
        ("alter table rentaxis.invoices rename column total_amount to total", "total_amount"),
        ("drop schema rentaxis cascade", "rentaxis"),
        ("alter table rentaxis.invoices alter column invoice_date type text", "operator does not exist"),
        (
            "alter table rentaxis.invoices alter column total_amount type double precision",
            "total_amount as float8; a float is not exact. Money must be numeric with two decimals",
        ),
        (
            "alter table rentaxis.invoices alter column updated_at type timestamp, "
            "alter column deleted_at type timestamp",
            "it must be timestamptz",
        ),
    ],
)
def test_a_source_of_another_shape_stops_the_run_and_says_what_is_missing(
    source, year, change, names
) -> None:
    source.execute(change)
    with pytest.raises(SourceShapeChanged, match=names), snapshot(source.url) as connection:
        extract(connection, "invoices", year, "1", NEW_YORK)


@pytest.mark.parametrize("change", ["password", "username", "database"])
def test_a_refused_sign_in_is_told_apart_from_a_server_that_is_not_there(source, change) -> None:
    url = sa.make_url(source.url).set(**{change: "wrong"})
    with pytest.raises(SourceAccessDenied, match="Check user, password and database name") as caught:
        read_nothing(url.render_as_string(False))
    assert str(sa.make_url(source.url).password) not in str(caught.value)


@pytest.mark.parametrize("place", [{"port": 1}, {"host": "no-such-host.invalid"}])
def test_a_server_that_is_not_there_is_named_without_the_password(source, place) -> None:
    url = sa.make_url(source.url).set(password=SECRET, **place)
    with pytest.raises(SourceUnreachable, match="could not be reached") as caught:
        read_nothing(url.render_as_string(False))
    assert str(next(iter(place.values()))) in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_port_where_something_else_listens_is_unreachable_too() -> None:
    """A server that hangs up at once, as a proxy without its database does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()
        with pytest.raises(SourceUnreachable):
            read_nothing(f"postgresql://u:{SECRET}@127.0.0.1:{server.getsockname()[1]}/x")
        hanging_up.join()


@pytest.mark.parametrize(
    "url", ["", "not a url", f"mysql://u:{SECRET}@h/x", f"postgresql://u:{SECRET}@h:port/x"]
)
def test_an_address_that_is_none_is_said_so_without_the_password(url) -> None:
    with pytest.raises(SourceError, match="RENTAXIS_DATABASE_URL") as caught, snapshot(url):
        pass
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_query_that_takes_too_long_is_stopped(source) -> None:
    slow = snapshot(source.url, statement_seconds=1)
    with pytest.raises(SourceTooSlow, match="Choose a shorter date range"), slow as connection:
        connection.execute(sa.text("select pg_sleep(30)"))


def test_a_server_that_goes_away_in_the_middle_is_unreachable(source) -> None:
    with pytest.raises(SourceUnreachable, match="was lost"), snapshot(source.url) as connection:
        (process,) = connection.execute(sa.text("select pg_backend_pid()")).one()
        source.execute("select pg_terminate_backend(%s, 5000)", [process])
        connection.execute(sa.text("select 1"))


def test_a_serialization_failure_asks_to_run_again(source) -> None:
    """What a replica raises when its replay has to go on; raised here by hand with the same SQLSTATE."""
    raising = "do $$ begin raise exception 'conflict with recovery' using errcode = '40001'; end $$"
    with pytest.raises(SourceInterrupted, match="Run it again"), snapshot(source.url) as connection:
        connection.execute(sa.text(raising))


def test_an_error_nobody_foresaw_keeps_its_code(source) -> None:
    with pytest.raises(SourceError, match="SQLSTATE 22012"), snapshot(source.url) as connection:
        connection.execute(sa.text("select 1 / 0"))


def test_an_unknown_organization_is_not_an_empty_one(source, year) -> None:
    unknown = pytest.raises(SourceOrganizationUnknown, match="RENTAXIS_ORGANIZATION_ID")
    with unknown, snapshot(source.url) as connection:
        extract(connection, "programs", year, "77", NEW_YORK)


def test_the_driver_is_psycopg_whatever_the_address_says() -> None:
    for address in ("postgresql://h/x", "postgresql+psycopg2://h/x", "postgresql+psycopg://h/x"):
        assert source_engine(address).dialect.driver == "psycopg"


def test_integration_settings_are_those_of_the_organization(source) -> None:
    with snapshot(source.url) as connection:
        unconnected = integration_settings(connection, "1")
    assert (unconnected.realm_id, unconnected.enabled_types, unconnected.currency) == (None, None, "USD")
    source.insert(
        "quickbooks_connections",
        id=1,
        organization_id=1,
        realm_id="9130",
        sync_direction="both",
        enabled_types=["invoices"],
    )
    with snapshot(source.url) as connection:
        settings = integration_settings(connection, "1")
    assert (settings.realm_id, settings.sync_direction, settings.enabled_types) == (
        "9130",
        "both",
        ["invoices"],
    )
    assert (settings.organization_name, settings.timezone) == ("Maple Property Care", "America/New_York")
