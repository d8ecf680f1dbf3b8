"""Dagster's own storage as ``dagster.yaml`` names it: connections are kept while an instance lives, and not a moment longer."""

import time
import traceback
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

STATEMENTS = 50
LOOKING = "the test looks"
SECONDS_TO_LEAVE = 120  # Postgres ends a process a moment after its connection


def connections(database: str) -> set[int]:
    """The processes that serve a client's connection to the database, but for those that ask."""
    with psycopg.connect(database, application_name=LOOKING) as connection:
        found = connection.execute(
            """select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
                 and application_name <> %s""",
            [LOOKING],
        )
        return {pid for (pid,) in found}


def test_many_statements_share_a_few_connections_that_end_with_the_instance(dagster_home: tuple[Path, str]):
    """Fifty look-ups of runs and events share the same few connections; once the instance is closed none is left."""
    home, database = dagster_home
    with dg.DagsterInstance.from_config(str(home)) as instance:
        seen: set[int] = set()
        for _ in range(STATEMENTS):
            instance.get_runs_count()
            instance.all_asset_keys()
            seen |= connections(database)
        assert len(seen) <= 4  # two, and what was just leaving; connecting anew would make it a hundred
    until = time.monotonic() + SECONDS_TO_LEAVE
    while (left := connections(database)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == set()


def test_a_connection_that_broke_is_replaced_before_anybody_notices(dagster_home: tuple[Path, str]):
    """The database restarts, say: every kept connection is cut, and the next look-ups are answered all the same."""
    home, database = dagster_home
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.get_runs_count()
        instance.all_asset_keys()
        cut = connections(database)
        with psycopg.connect(database) as connection:
            for process in cut:
                connection.execute("select pg_terminate_backend(%s, 5000)", [process])
        assert instance.get_runs_count() == 0
        assert list(instance.all_asset_keys()) == []
        assert cut
        assert cut.isdisjoint(connections(database))


def test_what_dagster_could_not_store_is_not_quoted(dagster_home: tuple[Path, str]):
    """An event shows results, with names and amounts: an error that repeated it would carry them into every log."""
    home, database = dagster_home
    words = "Zyxwell owes 7654.31"
    with dg.DagsterInstance.from_config(str(home)) as instance:
        run = instance.create_run_for_job(job)
        with psycopg.connect(database) as connection:
            connection.execute(
                "alter table event_logs add constraint no_zyx check (event not like '%Zyx%') not valid"
            )
        with pytest.raises(sa.exc.IntegrityError) as caught:
            instance.report_engine_event(words, run)
    printed = "".join(traceback.format_exception(caught.value))
    assert "SQLSTATE 23514 (CheckViolation), schema public, table event_logs, constraint no_zyx" in printed
    assert "7654.31" not in printed


@dg.job
def job() -> None:
    pass
