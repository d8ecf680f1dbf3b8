"""The ledger on real Postgres: what goes in comes out exactly, one holder a realm, migrations from several processes at once."""

import datetime as dt
import json
import multiprocessing
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import links, plans, requests, results
from rentaxis_pipelines.ledger.calls import locked_calls
from rentaxis_pipelines.ledger.database import LedgerLocked, LedgerUnreachable, connect, engine, migrate
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.ledger.tokens import locked_token
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.requests import Request, RequestRow
from rentaxis_pipelines.model.results import RowResult

NOW = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 1)


@pytest.fixture
def url(database: str) -> Iterator[str]:
    migrate(database)
    yield database
    engine(database).dispose()


def _link(source_id: str = "1", **changes) -> Link:
    facts = {
        "realm": "r",
        "source_type": "invoice",
        "source_id": source_id,
        "quickbooks_type": "Invoice",
        "quickbooks_id": f"q{source_id}",
        "sync_token": "0",
        "content_hash": "h",
        "mapped": {"TotalAmt": Decimal("10.00")},
        "owned": ["TotalAmt"],
        "origin": "created",
        "total": Decimal("10.00"),
        "updated_at": NOW,
    }
    return Link(**(facts | changes))


def _plan(rows_in: int = 1, money_in: str = "10.00", **changes) -> Plan:
    facts = {
        "plan_id": "p",
        "realm": "r",
        "run_id": "run",
        "record_type": "invoices",
        "first_day": DAY,
        "last_day": DAY,
        "forced": False,
        "dry_run": False,
        "requested_by": "ann",
        "rows_in": rows_in,
        "money_in": Decimal(money_in),
        "created_at": NOW,
    }
    return Plan(**(facts | changes))


def _row(position: int = 0, **changes) -> PlannedRow:
    facts = {
        "plan_id": "p",
        "position": position,
        "phase": 1,
        "day": DAY,
        "record_type": "invoices",
        "source_type": "invoice",
        "source_id": str(position),
        "source_label": f"Invoice {position}",
        "amount": Decimal("10.00"),
        "currency": "USD",
        "action": "create",
        "quickbooks_type": "Invoice",
        "payload": {"DocNumber": str(position)},
        "conflict_keys": ["a", "b"],
    }
    return PlannedRow(**(facts | changes))


def _result(source_id: str = "0", **changes) -> RowResult:
    facts = {
        "realm": "r",
        "plan_id": "p",
        "run_id": "run",
        "day": DAY,
        "record_type": "invoices",
        "source_type": "invoice",
        "source_id": source_id,
        "source_label": "Invoice",
        "amount": Decimal("10.00"),
        "currency": "USD",
        "action": "create",
        "status": "created",
        "forced": False,
        "requested_by": "ann",
        "finished_at": NOW,
    }
    return RowResult(**(facts | changes))


AMOUNTS = st.decimals(min_value=Decimal("-99999999999.99"), max_value=Decimal("99999999999.99"), places=2)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    amount=AMOUNTS,
    label=TEXTS,
    payload=st.dictionaries(TEXTS, st.one_of(TEXTS, AMOUNTS, st.booleans(), st.none())),
)
def test_a_planned_row_comes_back_exactly_as_it_went_in(url, amount, label, payload):
    """Money to the cent and text to the letter, inside payloads too."""
    row = _row(amount=amount, source_label=label, payload=payload, quickbooks_number=label)
    with connect(url) as connection:
        plans.save_plan(connection, _plan(), [row])
        assert plans.rows_at(connection, "p", [0]) == {0: row}
        assert plans.plan_of(connection, "r", "p") == _plan()
        connection.rollback()


def test_links_results_and_requests_come_back_exactly(url):
    with connect(url) as connection:
        plans.save_plan(connection, _plan(), [_row()])
        links.save_links(connection, [_link()])
        results.save_results(connection, [_result()])
        sent = Request(
            request_id="q", realm="r", plan_id="p", run_id="run", requested_by="ann", path="batch", body="{}",
            written_at=NOW, sent_at=NOW,
        )  # fmt: skip
        rows = [
            RequestRow(
                request_id="q", b_id="1", plan_id="p", position=0, source_type="invoice", source_id="0",
                operation="create", generation=3,
            )
        ]  # fmt: skip
        requests.write_down(connection, [sent], rows)
        assert links.links_of(connection, "r", "invoice", ["1", "2"]) == {"1": _link()}
        assert results.results_of(connection, "r", run_id="run") == [_result()]
        assert requests.open_requests(connection, "r") == [sent]
        assert requests.rows_in(connection, ["q"]) == rows
        assert requests.generations(connection, "r", "invoice", ["0", "9"]) == {"0": 3}
        assert requests.generations(connection, "another realm", "invoice", ["0"]) == {}


def test_a_request_sent_again_forgets_the_answer_it_had(url):
    """Whoever recovers it must not take the first answer for the last."""
    sent = Request(
        request_id="q", realm="r", plan_id="p", run_id="run", requested_by="ann", path="batch", body="{}",
        written_at=NOW, sent_at=NOW,
    )  # fmt: skip
    row = RequestRow(
        request_id="q", b_id="1", plan_id="p", position=0, source_type="invoice", source_id="0", operation="create",
        generation=0,
    )  # fmt: skip
    with connect(url) as connection:
        plans.save_plan(connection, _plan(), [_row()])
        requests.write_down(connection, [sent], [row])
        requests.write_answers(
            connection, [msgspec.structs.replace(sent, answer="{}", intuit_tid="tid", answered_at=NOW)]
        )
        requests.write_down(connection, [Request(**{**_fields(sent), "attempts": 2})], [row])
        found = requests.open_requests(connection, "r")[0]
        assert (found.state, found.answer, found.intuit_tid, found.attempts) == ("sending", None, None, 2)
        assert requests.sends_of(connection, [row]) == {0: 2}


def _fields(request: Request) -> dict:
    return {name: getattr(request, name) for name in request.__struct_fields__}


def test_two_records_never_share_one_object(url):
    with connect(url) as connection:
        links.save_links(connection, [_link("1")])
        with pytest.raises(sa.exc.IntegrityError):
            links.save_links(connection, [_link("2", quickbooks_id="q1")])


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"status": "failed", "reason_code": "not_reached"}, {"status": "created"}, "created"),
        ({"status": "failed", "reason_code": "not_reached"}, {"status": "failed", "reason_code": "rejected"}, "failed"),
        ({"status": "failed", "reason_code": "duplicate_name"}, {"status": "created"}, "created"),
        ({"status": "created"}, {"status": "failed", "reason_code": "rejected"}, "created"),
        ({"status": "created"}, {"status": "failed", "reason_code": "not_reached"}, "created"),
    ],
)  # fmt: skip
def test_a_result_is_replaced_only_by_what_was_found_out_later(url, first, second, kept):
    """What stands in QuickBooks is never unsaid."""
    with connect(url) as connection:
        plans.save_plan(connection, _plan(), [_row()])
        results.save_results(connection, [_result(**first)])
        results.save_results(connection, [_result(**second)])
        assert [one.status for one in results.results_of(connection, "r", run_id="run")] == [kept]


def test_a_row_skipped_or_failed_without_a_reason_is_refused_by_the_database(url):
    with connect(url) as connection:
        plans.save_plan(connection, _plan(), [_row()])
        with pytest.raises(sa.exc.IntegrityError):
            results.save_results(connection, [_result(status="failed")])


@pytest.mark.parametrize(
    ("rows_in", "money_in", "written", "holds"),
    [(2, "20.00", 2, True), (3, "20.00", 2, False), (2, "20.01", 2, False), (2, "20.00", 1, False)],
)
def test_the_proof_holds_only_if_count_money_and_every_row_agree(url, rows_in, money_in, written, holds):
    with connect(url) as connection:
        plans.save_plan(connection, _plan(rows_in, money_in), [_row(0), _row(1)])
        results.save_results(connection, [_result(str(number)) for number in range(written)])
        assert results.proof(connection, "p").holds is holds


def test_rows_to_send_come_once_in_order_a_chunk_at_a_time_without_those_that_have_a_result(url):
    """4,100 rows: two chunks, so memory does not grow with the plan."""
    with connect(url) as connection:
        plans.save_plan(connection, _plan(4100), (_row(number) for number in range(4100)))
        results.save_results(connection, [_result("7")])
        chunks = list(plans.rows_to_send(connection, "p", 1))
        assert [row.position for chunk in chunks for row in chunk] == [n for n in range(4100) if n != 7]
        assert max(map(len, chunks)) <= 3000


def test_asking_for_the_rows_to_send_looks_at_each_result_once_however_many_there_are(url):
    """Of tables Postgres knows nothing of yet: no walk through all results of the plan for each of its rows."""
    with connect(url) as connection:
        plans.save_plan(connection, _plan(4000), (_row(number) for number in range(4000)))
        results.save_results(connection, [_result(str(number)) for number in range(3000)])
        connection.commit()
        rows = [row for chunk in plans.rows_to_send(connection, "p", 1) for row in chunk]
        read = connection.execute(
            sa.text(
                "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'single_results'"
            )
        ).scalar_one()
    assert len(rows) == 1000
    assert read <= 3 * 3000


def _hold(url: str, held, release) -> None:
    with realm_lock(url, "r", wait_seconds=5):
        held.set()
        release.wait(20)


def test_one_process_holds_a_realm_and_its_death_gives_it_back(url):
    """The second is told whom it waits for; another realm is free; SIGKILL frees it at once."""
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(url, held, release))
    other.start()
    assert held.wait(30)
    with pytest.raises(LedgerLocked, match="QuickBooks company r"), realm_lock(url, "r", wait_seconds=0.05):
        pass
    with realm_lock(url, "another", wait_seconds=0.05):
        pass
    other.kill()
    other.join()
    with realm_lock(url, "r", wait_seconds=5):
        pass


def _migrate(url: str) -> None:
    migrate(url)


def test_migrations_run_once_from_several_processes_at_once_and_again_at_no_cost(database):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_migrate, args=(database,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    migrate(database)
    with connect(database) as connection:
        assert connection.execute(sa.text("select count(*) from ledger.ledger_version")).scalar_one() == 1
    engine(database).dispose()


def test_a_token_is_kept_when_save_returns_even_if_the_block_breaks(url):
    with pytest.raises(RuntimeError), locked_token(url, "r") as held:
        assert held.load() is None
        held.save(b"encrypted")
        raise RuntimeError
    with locked_token(url, "r") as held:
        assert bytes(held.load() or b"") == b"encrypted"


def test_a_token_that_could_not_be_kept_is_said_and_the_old_one_stays(url):
    """The server ends the session in the middle: no success, no error that nobody understands, no lock left behind."""
    with locked_token(url, "r") as held:
        held.save(b"encrypted")
    end_all = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with pytest.raises(LedgerUnreachable), locked_token(url, "r") as held:
        with psycopg.connect(url, autocommit=True) as another:
            another.execute(end_all)
        held.save(b"newer")
    with locked_token(url, "r") as held:
        assert bytes(held.load() or b"") == b"encrypted"


def test_the_call_log_is_shared_and_keeps_its_clock(url):
    with locked_calls(url, "r") as held:
        first = held.now()
        held.save(json.dumps({"calls": [1]}))
    with locked_calls(url, "r") as held:
        assert json.loads(held.load() or "") == {"calls": [1]}
        assert held.now() >= first
    with locked_calls(url, "another") as held:
        assert held.load() is None


def test_an_unreachable_database_is_named_without_its_password():
    with pytest.raises(LedgerUnreachable) as found, connect("postgresql://ann:secret@127.0.0.1:1/books"):
        pass
    assert "books" in str(found.value)
    assert "secret" not in str(found.value)


def test_a_question_asked_often_is_planned_for_the_tables_as_they_are(url) -> None:
    """Postgres keeps no plan of tables that were empty when it was made: a push fills them while it asks the same again and again."""
    with connect(url) as connection:
        for number in range(20):
            plans.phases(connection, f"plan {number}")
        kept = "select generic_plans, custom_plans from pg_prepared_statements where statement like '%distinct phase%'"
        ((generic, custom),) = connection.execute(sa.text(kept)).all()
    assert generic == 0
    assert custom > 5
