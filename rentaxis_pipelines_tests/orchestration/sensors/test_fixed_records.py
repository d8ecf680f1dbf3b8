"""Failed and waiting rows run again as soon as they have become worth trying, and not before; by ticks of the real sensor."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import open_attempts
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.settings import load_company
from rentaxis_pipelines.sync.resync import fixed
from rentaxis_pipelines.sync.run import utc_now
from rentaxis_pipelines_tests.orchestration.sensors.conftest import parts_of

TOUCH = "updated_at = clock_timestamp()"
MONTH = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 5, 31)}


def only(rows, **wanted):
    """The one result with these attributes."""
    found = [
        one for one in rows.values() if all(getattr(one, name) == value for name, value in wanted.items())
    ]
    assert len(found) == 1, [
        (one.source_label, one.reason_code) for one in rows.values() if one.status == "failed"
    ]
    return found[0]


def day_of(row) -> dict[str, dt.date]:
    return {"first_day": row.day, "last_day": row.day}


def failing_invoice(company_sensors):
    """The invoice whose status RentAxis is not known to use, tried once with all records of its day; its result."""
    _, source_id = company_sensors.chain.labelled("unknown_source_value", "invoice")
    (found,) = company_sensors.chain.rentaxis(
        "select invoice_date as day from invoices where id = %s", int(source_id)
    )
    row = company_sensors.chain.sync(first_day=found["day"], last_day=found["day"])["invoice", source_id]
    assert row.reason_code == "unknown_source_value"
    return row


def test_nothing_is_tried_again_while_nothing_has_changed(company_sensors) -> None:
    """A whole month with failed and waiting rows of every kind, looked at twice: no run, and the tick says why."""
    rows = company_sensors.chain.sync(**MONTH)
    assert sum(row.status == "failed" for row in rows.values()) >= 2
    for _ in range(2):
        tick = company_sensors.tick("fixed_records")
        assert tick.run_requests == []
        assert "nothing about them has changed" in tick.skip_reason.skip_message


def test_before_anything_was_ever_pushed_every_sensor_says_so(company_sensors, monkeypatch, tmp_path) -> None:
    """The pipelines' database is empty: the first look makes the ledger, and finds nothing to do. The company file switches it on."""
    text = company_sensors.chain.environment.rentaxis_company_file.read_text(encoding="utf-8")
    path = tmp_path / "company.yaml"
    path.write_text(text.replace("switched_on: false", "switched_on: true"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(path))
    company_sensors.ledger("drop schema ledger cascade")
    for name in ("fixed_records", "edited_records", "missed_nights"):
        tick = company_sensors.tick(name)
        assert tick.run_requests == []
        assert tick.skip_reason.skip_message.startswith(("Nothing", "No night"))


def test_how_often_the_databases_are_asked_does_not_depend_on_how_many_rows_failed(company_sensors) -> None:
    """One row or a month of them: the same number of statements, each over all rows at once."""

    def statements() -> int:
        asked: list[str] = []
        with company_sensors.sensor_context(utc_now()) as context:
            for connection in (context.ledger, context.source):
                sa.event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
            fixed.evaluate(context, lambda _: ())
        return len(asked)

    failing_invoice(company_sensors)
    few = statements()
    company_sensors.chain.sync(**MONTH)
    company_sensors.ledger(
        "update ledger.single_results set status = 'failed', reason_code = 'rejected' where source_type = 'invoice'"
    )
    assert statements() <= few + 4, "a query more for each further type of record, and no more"


def test_a_mended_record_goes_through_with_its_day_and_that_is_the_end_of_it(company_sensors) -> None:
    """One run of exactly its day, asked for by name and with a key; then the row is in QuickBooks and no tick asks again."""
    row = failing_invoice(company_sensors)
    company_sensors.chain.rentaxis(
        f"update invoices set status = 'sent', {TOUCH} where id = %s", int(row.source_id)
    )
    tick = company_sensors.tick("fixed_records")
    (request,) = tick.run_requests
    assert request.job_name == "bulk_sync__demo"
    assert request.tags["requested_by"] == "sensor: records fixed"
    assert request.run_key.startswith(f"demo:fixed_records:{row.day}:{row.day}:")
    (rows,) = company_sensors.carry_out(tick)
    assert rows["invoice", row.source_id].status == "created"
    assert company_sensors.asked("fixed_records") == []
    assert company_sensors.ledger("select * from ledger.tries") == []


def test_a_record_changed_in_vain_is_tried_once_for_each_change(company_sensors) -> None:
    """It still fails for the same reason: it waits for a person, until it is changed again."""
    row = failing_invoice(company_sensors)
    for memo in ("first", "second"):
        company_sensors.chain.rentaxis(
            f"update invoices set memo = %s, {TOUCH} where id = %s", memo, int(row.source_id)
        )
        (rows,) = company_sensors.carry_out(company_sensors.tick("fixed_records"))
        assert rows["invoice", row.source_id].reason_code == "unknown_source_value"
        assert company_sensors.asked("fixed_records") == []


def test_the_same_cause_has_the_same_key_and_one_that_comes_back_another(company_sensors) -> None:
    """Dagster starts a key once, for ever: a tick whose answer was lost is not two runs, and a later cause is not swallowed."""
    row = failing_invoice(company_sensors)
    company_sensors.chain.rentaxis(
        f"update invoices set memo = 'x', {TOUCH} where id = %s", int(row.source_id)
    )

    def key() -> str | None:
        company_sensors.ledger("delete from ledger.tries")
        (request,) = company_sensors.tick("fixed_records").run_requests
        return request.run_key

    first = key()
    assert key() == first
    company_sensors.chain.sync("invoices", **day_of(row))
    assert key() != first


def test_a_change_of_its_lines_or_of_its_payer_counts(company_sensors) -> None:
    row = failing_invoice(company_sensors)
    payer = f"(select billed_to_id from invoices where id = {row.source_id})"
    for statement in (
        f"update invoice_lines set description = 'x', {TOUCH} where invoice_id = {row.source_id}",
        f"update invoice_lines set deleted_at = clock_timestamp() where invoice_id = {row.source_id}",
        f"update tenants set phone = '1', {TOUCH} where id = {payer}",
        f"update organization_tenants set {TOUCH} where tenant_id = {payer}",
    ):
        company_sensors.chain.rentaxis(statement)
        tick = company_sensors.tick("fixed_records")
        assert len(tick.run_requests) == 1, statement
        company_sensors.carry_out(tick)
        assert company_sensors.asked("fixed_records") == []


def test_a_changed_vendor_counts_for_its_expenses(company_sensors) -> None:
    row = only(
        company_sensors.chain.sync("expenses"), reason_code="unknown_source_value", source_type="expense"
    )
    company_sensors.chain.rentaxis(
        f"update vendors set name = name || ' Co', {TOUCH} where id = (select vendor_id from expenses where id = %s)",
        int(row.source_id),
    )
    # Only expenses were ever chosen for that day, so nothing else is pushed now.
    assert company_sensors.asked("fixed_records") == [("expenses", str(row.day), str(row.day))]


def test_confirming_a_link_releases_what_waits_for_it_by_the_next_tick(company_sensors) -> None:
    """The customer that needs confirmation and its invoices; decided once, then they go through and nothing is asked any more."""
    source_type, source_id = company_sensors.chain.labelled("match_name_only")
    invoices = company_sensors.chain.rentaxis(
        "select id::text, invoice_date from invoices where billed_to_type = 'tenant' and billed_to_id = %s",
        int(source_id),
    )
    days = sorted(one["invoice_date"] for one in invoices)
    rows = company_sensors.chain.sync("invoices", first_day=days[0], last_day=days[-1])
    theirs = {("invoice", one["id"]) for one in invoices}
    theirs &= {key for key, row in rows.items() if row.reason_code == "waiting_for_parent"}
    assert theirs
    assert company_sensors.asked("fixed_records") == []
    (question,) = [
        one for key, one in company_sensors.chain.questions().items() if key == (source_type, source_id)
    ]
    company_sensors.chain.decide("confirm", source_type, source_id, question.candidates[0].quickbooks_id)

    through: set[tuple[str, str]] = set()
    for _ in range(20):  # a few runs a tick
        tick = company_sensors.tick("fixed_records")
        for found in company_sensors.carry_out(tick):
            through |= {key for key, row in found.items() if row.status == "created"}
        if not tick.run_requests:
            break
    assert theirs <= through
    assert company_sensors.asked("fixed_records") == []


def test_a_decision_about_somebody_else_releases_nothing(company_sensors) -> None:
    failing_invoice(company_sensors)
    company_sensors.chain.decide("exclude", "expense", "1")
    assert company_sensors.asked("fixed_records") == []


def test_payments_go_through_once_their_invoices_have_arrived(company_sensors) -> None:
    """Payments alone were chosen, so nothing of them is applied. Then their invoices are pushed: the next tick pushes the payments'
    days, and all that can be applied is.
    """
    rows = company_sensors.chain.sync("payments", **MONTH)
    waiting = {key for key, row in rows.items() if row.reason_code in ("applied_in_part", "apply_by_hand")}
    assert waiting
    assert {rows[key].status for key in waiting} == {"created"}
    assert company_sensors.asked("fixed_records") == []
    company_sensors.chain.sync("invoices", **MONTH)
    tick = company_sensors.tick("fixed_records")
    assert {types for request in tick.run_requests for types, _, _ in parts_of(request)} == {"payments"}
    through = {
        key
        for found in company_sensors.carry_out(tick)
        for key, row in found.items()
        if (row.status, row.reason_code) == ("updated", None)
    }
    assert through & waiting
    while (tick := company_sensors.tick("fixed_records")).run_requests:
        company_sensors.carry_out(tick)  # a few runs a tick, and nothing is tried for ever


def test_rent_paid_early_is_applied_by_itself_once_its_invoice_has_been_pushed(company_sensors) -> None:
    """Pushed on its own night; its invoice comes with the next one, and the tick after that brings the payment's day again."""
    _, payment = company_sensors.chain.labelled("rent_paid_early", "payment")
    (found,) = company_sensors.chain.rentaxis(
        "select payment_date as day from payments where id = %s", int(payment)
    )
    first, second = found["day"], found["day"] + dt.timedelta(days=1)
    row = company_sensors.chain.sync(first_day=first, last_day=first)["payment", payment]
    assert (row.status, row.reason_code) == ("created", "applied_in_part")
    assert company_sensors.asked("fixed_records") == []
    company_sensors.chain.sync(first_day=second, last_day=second)
    tick = company_sensors.tick("fixed_records")
    assert [one.tags["dagster/asset_partition_range_start"] for one in tick.run_requests] == [str(first)]
    (again,) = company_sensors.carry_out(tick)
    assert (again["payment", payment].status, again["payment", payment].reason_code) == ("updated", None)
    assert company_sensors.asked("fixed_records") == []


@pytest.fixture
def unapplied_is_held(company_sensors, monkeypatch, tmp_path: Path) -> None:
    """The company wants no payment booked before all of it can be applied."""
    text = Path(company_sensors.chain.environment.rentaxis_company_file).read_text()
    path = tmp_path / "company.yaml"
    path.write_text(text.replace("policies:\n", "policies:\n  unapplied: hold\n"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(path))
    company_sensors.chain.environment = company_sensors.chain.environment.model_copy(
        update={"rentaxis_company_file": path}
    )
    company_sensors.chain.company = load_company(path)
    assert company_sensors.chain.company.policies.unapplied == "hold"


@pytest.mark.usefixtures("unapplied_is_held")
def test_one_parent_of_two_is_not_enough(company_sensors) -> None:
    """A payment on two invoices is not tried while only one of them has arrived, where money is held until all of it is applied."""
    (found,) = company_sensors.chain.rentaxis(
        """select p.id::text, p.payment_date as day, array_agg(i.invoice_date order by i.id) as days
           from payments p join payment_allocations a on a.payment_id = p.id and a.deleted_at is null
           join invoices i on i.id = a.invoice_id
           where p.organization_id = 1 and p.status = 'completed' and p.deleted_at is null
           group by p.id having count(distinct i.invoice_date) = 2 order by p.id limit 1"""
    )
    first, second = found["days"]
    row = company_sensors.chain.sync("payments", first_day=found["day"], last_day=found["day"])[
        "payment", found["id"]
    ]
    assert row.reason_code == "waiting_for_parent"
    company_sensors.chain.sync("invoices", first_day=first, last_day=first)
    with company_sensors.sensor_context(utc_now()) as context:
        keys = {one.key for one in mended_keys(context)}
    assert ("payment", found["id"]) not in keys
    company_sensors.chain.sync("invoices", first_day=second, last_day=second)
    with company_sensors.sensor_context(utc_now()) as context:
        keys = {one.key for one in mended_keys(context)}
    assert ("payment", found["id"]) in keys


def mended_keys(context):
    """What a look would bring, by record."""
    return fixed.worth_trying(context, open_attempts.opened(context.ledger, context.realm), {}, ())


def test_a_mended_mapping_releases_the_rows_it_can_help_once(
    company_sensors, monkeypatch, tmp_path: Path
) -> None:
    """company.yaml is corrected: rows that lacked a mapping run again, once; those that failed for other reasons do not."""
    rows = company_sensors.chain.sync("expenses")
    row = rows[company_sensors.chain.labelled("inactive_account", "expense")]
    assert row.reason_code == "missing_mapping"
    assert len([one for one in rows.values() if one.status == "failed"]) > 1
    text = Path(company_sensors.chain.environment.rentaxis_company_file).read_text()

    def company(entry: str) -> None:
        path = tmp_path / "company.yaml"
        path.write_text(text.replace('    "5000": Repairs\n', f'    "5000": Repairs\n    {entry}\n'))
        monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(path))
        company_sensors.chain.environment = company_sensors.chain.environment.model_copy(
            update={"rentaxis_company_file": path}
        )
        company_sensors.chain.company = load_company(path)

    company('"5998": Repairs')  # mended, but not what the row needs
    assert company_sensors.asked("fixed_records") == [("expenses", str(row.day), str(row.day))]
    company_sensors.chain.sync("expenses", **day_of(row))
    assert company_sensors.asked("fixed_records") == []
    company('"5999": Repairs')
    (found,) = company_sensors.carry_out(company_sensors.tick("fixed_records"))
    assert found["expense", row.source_id].status == "created"
    assert company_sensors.asked("fixed_records") == []


def test_a_list_in_quickbooks_mended_by_hand_is_noticed_with_the_next_reading_of_it(company_sensors) -> None:
    """An account made active again releases the rows it failed; the lists are read at the start of any run."""
    (account,) = company_sensors.chain.objects("Account", "Name = 'Repairs'")
    inactive = company_sensors.chain.write("Account", {**account, "Active": False, "sparse": True})
    rows = company_sensors.chain.sync("expenses", **MONTH)
    days = sorted({row.day for row in rows.values() if row.reason_code == "inactive_reference"})
    assert days
    company_sensors.chain.write("Account", {**inactive, "Active": True, "Name": "Repairs", "sparse": True})
    assert company_sensors.asked("fixed_records") == []
    with company_sensors.chain.run():
        pass  # any run, that of the night at the latest
    assert company_sensors.asked("fixed_records")[0][1] == str(days[0])


def test_a_day_that_is_queued_or_under_way_is_left_to_that_run(company_sensors) -> None:
    row = failing_invoice(company_sensors)
    company_sensors.chain.rentaxis(
        f"update invoices set status = 'sent', {TOUCH} where id = %s", int(row.source_id)
    )
    for status in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
        other = company_sensors.run_record(str(row.day), str(row.day + dt.timedelta(days=2)), status)
        assert company_sensors.asked("fixed_records") == []
        company_sensors.instance.delete_run(other.run_id)
    company_sensors.run_record(str(row.day), str(row.day), dg.DagsterRunStatus.SUCCESS)
    assert company_sensors.asked("fixed_records") == [("all records", str(row.day), str(row.day))]


def test_scattered_days_are_one_run_and_no_more_while_it_is_queued(company_sensors) -> None:
    """Every other day of four months: one run of all of them, and of none between."""
    company_sensors.chain.sync("payments")
    company_sensors.ledger("update ledger.single_results set status = 'failed', reason_code = 'rejected'")
    found = company_sensors.chain.rentaxis(
        f"""update payments set {TOUCH} where organization_id = 1
              and payment_date in (select date '2026-05-02' + 2 * n from generate_series(0, 60) n)
            returning payment_date"""
    )
    days = sorted({str(one["payment_date"]) for one in found})
    assert len(days) > 10
    tick = company_sensors.tick("fixed_records")
    company_sensors.ledger("delete from ledger.tries")
    assert company_sensors.runs("fixed_records") == [[("payments", day, day) for day in days]]
    company_sensors.ledger("delete from ledger.tries")
    (request,) = tick.run_requests
    company_sensors.run_of(request, dg.DagsterRunStatus.NOT_STARTED)
    assert company_sensors.asked("fixed_records") == []


def test_what_a_run_did_not_reach_is_tried_after_a_while_a_few_times_then_waits_for_a_person(
    company_sensors,
) -> None:
    """The run ended before the rows were sent. Tries: after 10 minutes, then ever later, three in all."""
    rows = company_sensors.chain.sync("expenses", **MONTH)
    row = next(one for one in rows.values() if one.status == "created" and one.source_type == "expense")
    company_sensors.ledger(
        "update ledger.single_results set status = 'failed', reason_code = 'not_reached' where source_id = :id and source_type = 'expense'",
        id=row.source_id,
    )
    (plan,) = company_sensors.ledger("select max(created_at) as at from ledger.plans")
    tried: list[int] = []
    for minute in (0, 9, 10, 11, 19, 20, 21, 49, 50, 51, 140, 600):
        with company_sensors.sensor_context(plan.at + dt.timedelta(minutes=minute)) as context:
            if fixed.evaluate(context, lambda _: ()).runs:
                tried.append(minute)
    assert tried == [10, 20, 50]


def test_a_run_that_a_person_ended_is_not_taken_up_again(company_sensors) -> None:
    rows = company_sensors.chain.sync("expenses", **MONTH)
    row = next(one for one in rows.values() if one.status == "created" and one.source_type == "expense")
    company_sensors.ledger(
        "update ledger.single_results set status = 'failed', reason_code = 'not_reached' where source_id = :id and source_type = 'expense'",
        id=row.source_id,
    )
    with company_sensors.sensor_context(utc_now() + dt.timedelta(hours=1)) as context:
        assert fixed.evaluate(context, lambda run_ids: run_ids).runs == []
        assert len(fixed.evaluate(context, lambda _: ()).runs) == 1


def test_a_preview_neither_hides_a_failed_row_nor_makes_one(company_sensors) -> None:
    row = failing_invoice(company_sensors)
    company_sensors.chain.rentaxis(
        f"update invoices set status = 'sent', {TOUCH} where id = %s", int(row.source_id)
    )
    previewed = company_sensors.chain.sync("invoices", **day_of(row), preview=True)
    assert previewed["invoice", row.source_id].reason_code == "preview"
    assert company_sensors.asked("fixed_records") == [("all records", str(row.day), str(row.day))]


def test_the_day_of_a_record_that_was_pushed_alone_is_not_pushed(company_sensors) -> None:
    """Nobody chose the other records of that day."""
    row = failing_invoice(company_sensors)
    company_sensors.ledger("update ledger.plans set one_record = true")
    company_sensors.chain.rentaxis(
        f"update invoices set status = 'sent', {TOUCH} where id = %s", int(row.source_id)
    )
    assert company_sensors.asked("fixed_records") == []


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("RENTAXIS_DATABASE_URL", "could not be reached"),
        ("PIPELINES_DATABASE_URL", "cannot be reached or refused the connection"),
    ],
)
def test_a_database_that_cannot_be_read_fails_the_tick_and_loses_nothing(
    company_sensors, monkeypatch, variable: str, sentence: str
) -> None:
    """It is never taken for "nothing to do": the tick fails with the sentence, and the next one sees what was mended."""
    row = failing_invoice(company_sensors)
    company_sensors.chain.rentaxis(
        f"update invoices set status = 'sent', {TOUCH} where id = %s", int(row.source_id)
    )
    known = json.dumps({"on": ["demo"]})  # it was switched on when it was last looked at
    with monkeypatch.context() as broken:
        broken.setenv(variable, "postgresql://nobody@127.0.0.1:1/nowhere")
        with pytest.raises(Stopped, match=sentence):
            company_sensors.tick("fixed_records", known)
    assert company_sensors.asked("fixed_records") == [("all records", str(row.day), str(row.day))]
