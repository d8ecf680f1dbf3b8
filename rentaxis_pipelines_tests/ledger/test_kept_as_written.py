"""What is kept while results are written says at any moment what all results say: a run's sums, and the records that need attention."""

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.ledger import open_records, results, run_sums
from rentaxis_pipelines.ledger.attention import need_of, need_sql
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.ledger.plans import save_plan
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.results import RowResult

DAY = dt.date(2026, 6, 20)
START = dt.datetime(2026, 7, 2, 12, tzinfo=dt.UTC)
STATUSES = ("created", "updated", "skipped", "failed")
REASONS = (
    None,
    "not_reached",
    "waiting_for_parent",
    "waiting_for_confirmation",
    "apply_by_hand",
    "unchanged",
    "fault",
)

# A run: whether it is a preview, and what it says of each record, one saving after another.
SAVINGS = st.lists(
    st.dictionaries(
        st.integers(0, 4),
        st.tuples(st.sampled_from(STATUSES), st.sampled_from(REASONS), st.decimals(-99, 99, places=2)),
        min_size=1,
    ),
    min_size=1,
    max_size=3,
)
RUNS = st.lists(st.tuples(st.booleans(), SAVINGS), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def ledger(postgres: embedded.Server, ledger_template: str) -> Iterator[sa.Connection]:
    """A ledger for all examples of this file, each in a realm of its own."""
    name = f"ledger_{uuid.uuid4().hex}"
    url = postgres.create_database(name, template=ledger_template)
    with connect(url) as connection:
        yield connection
    engine(url).dispose()
    postgres.drop_database(name)


def _plan(realm: str, run_id: str, preview: bool, at: dt.datetime) -> Plan:
    return Plan(
        plan_id=run_id, realm=realm, run_id=run_id, record_type="invoices", first_day=DAY, last_day=DAY, forced=False, dry_run=preview,
        requested_by="ann", rows_in=0, money_in=Decimal(0), created_at=at,
    )  # fmt: skip


def _result(
    realm: str, run_id: str, number: int, said: tuple[str, str | None, Decimal], at: dt.datetime
) -> RowResult:
    status, reason, amount = said
    if reason is None and status in ("skipped", "failed"):
        reason = "fault"
    return RowResult(
        realm=realm, plan_id=run_id, run_id=run_id, day=DAY, record_type="invoices", source_type="invoice", source_id=str(number),
        source_label=f"Invoice {number}", amount=amount, currency="USD", action="create", status=status, reason_code=reason,  # pyright: ignore[reportArgumentType]
        reason=reason, how_to_fix=f"Do {number % 2}.", forced=False, requested_by="ann", finished_at=at,
    )  # fmt: skip


def _write(
    connection: sa.Connection,
    realm: str,
    runs: list[tuple[bool, list[dict[int, tuple[str, str | None, Decimal]]]]],
) -> None:
    at = START
    for position, (preview, savings) in enumerate(runs):
        run_id = f"{realm}-{position}"
        save_plan(connection, _plan(realm, run_id, preview, at), [])
        for saving in savings:
            at += dt.timedelta(seconds=1)
            results.save_results(
                connection, [_result(realm, run_id, number, said, at) for number, said in saving.items()]
            )


@settings(max_examples=60)
@given(RUNS)
def test_sums_and_open_records_are_those_of_all_results(ledger: sa.Connection, runs) -> None:
    """Whatever is written, in whichever order, replaced or not, in previews or not."""
    realm = uuid.uuid4().hex
    _write(ledger, realm, runs)
    counted = execute(
        ledger,
        """select run_id, record_type, status, coalesce(reason_code, '') as reason_code, count(*) as rows, sum(amount) as amount
           from ledger.row_results where realm = :realm group by 1, 2, 3, 4""",
        realm=realm,
    )
    kept = run_sums.sums_of_runs(ledger, realm, [f"{realm}-{number}" for number in range(len(runs))])
    assert {tuple(row) for row in counted} == {
        (each.run_id, each.record_type, each.status, each.reason_code, each.rows, each.amount)
        for sums in kept.values()
        for each in sums
    }
    newest = execute(
        ledger,
        f"""select * from (select distinct on (r.source_id) r.source_id, r.run_id, r.amount, {need_sql("r")} as need
              from ledger.row_results r join ledger.plans p on p.plan_id = r.plan_id and not p.dry_run
              where r.realm = :realm order by r.source_id, r.finished_at desc) newest where need is not null""",
        realm=realm,
    )
    opened = execute(
        ledger,
        "select source_id, run_id, amount, need from ledger.open_records where realm = :realm",
        realm=realm,
    )
    assert {tuple(row) for row in opened} == {tuple(row) for row in newest}
    causes = open_records.causes(ledger, realm)
    total = open_records.total(ledger, realm)
    assert sum(cause.rows for cause in causes) == total.rows
    assert sum((cause.amount for cause in causes), Decimal(0)) == total.amount
    counted_by_cause = execute(
        ledger,
        "select cause, count(*) as rows, sum(amount) as amount, min(day) as oldest_day from ledger.open_records where realm = :realm group by 1",
        realm=realm,
    )
    assert {tuple(row) for row in counted_by_cause} == {
        (cause.cause, cause.rows, cause.amount, cause.oldest_day) for cause in causes
    }
    for cause in causes:
        page = open_records.rows_of_cause(ledger, realm, cause.cause)
        assert len(page.rows) == cause.rows
        assert [abs(row.amount) for row in page.rows] == sorted(
            (abs(row.amount) for row in page.rows), reverse=True
        )


def test_the_database_knows_the_same_rule_of_what_needs_attention(ledger: sa.Connection) -> None:
    """For every status and every reason there is."""
    codes = [*(code.value for code in ReasonCode), None]
    asked = execute(
        ledger,
        """select status, code, ledger.need_of(status, code) as need
           from unnest(cast(:statuses as text[])) as status, unnest(cast(:codes as text[])) as code""",
        statuses=list(STATUSES),
        codes=codes,
    ).all()
    assert len(asked) == len(STATUSES) * len(codes)
    assert [(row.status, row.code) for row in asked if row.need != need_of(row.status, row.code)] == []


def test_a_name_of_any_length_has_its_result(ledger: sa.Connection) -> None:
    """Names come from outside, and an index takes no more than some 2,700 bytes of one: a result must not fail for that."""
    realm = uuid.uuid4().hex
    save_plan(ledger, _plan(realm, realm, False, START), [])
    name = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(9_000))  # does not compress well
    result = _result(realm, realm, 1, ("failed", "fault", Decimal(1)), START)
    results.save_results(ledger, [msgspec.structs.replace(result, source_label=name)])
    assert results.results_of(ledger, realm, run_id=realm)[0].source_label == name
