"""Records edited after they went through, and records entered late, are pushed again; by ticks of the real sensor."""

import datetime as dt

import dagster as dg
import pytest

from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.sync.resync import edited
from rentaxis_pipelines.sync.run import utc_now
from rentaxis_pipelines_tests.orchestration.sensors.conftest import looked_until, parts_of

TOUCH = "updated_at = clock_timestamp()"
DAY = dt.date(2026, 5, 1)
ONE_DAY = {"first_day": DAY, "last_day": DAY}
JOB = ("all records", str(DAY), str(DAY))


@pytest.fixture
def pushed(company_sensors):
    """The first of May, pushed whole."""
    company_sensors.rows = company_sensors.chain.sync(**ONE_DAY)
    return company_sensors


def invoices(company_sensors) -> list[str]:
    """Ids of the day's invoices that went through."""
    return [
        row.source_id
        for row in company_sensors.rows.values()
        if row.source_type == "invoice" and row.status == "created"
    ]


def edit(company_sensors, source_id: str, memo: str = "edited") -> dt.datetime:
    (found,) = company_sensors.chain.rentaxis(
        f"update invoices set memo = %s, {TOUCH} where id = %s returning updated_at", memo, int(source_id)
    )
    return found["updated_at"]


def test_what_was_not_edited_is_not_pushed_again(pushed) -> None:
    """And the cursor moves on."""
    first = pushed.tick("edited_records")
    assert first.run_requests == []
    second = pushed.tick("edited_records", first.cursor)
    assert second.run_requests == []
    assert looked_until(second) > looked_until(first)


def test_an_edit_goes_through_with_its_day_once_and_the_cursor_waits_for_it(pushed) -> None:
    """Until the run has come to its end the cursor stays before the edit; a tick in between asks for nothing twice."""
    cursor = pushed.tick("edited_records").cursor
    source_id = invoices(pushed)[0]
    edited_at = edit(pushed, source_id)
    tick = pushed.tick("edited_records", cursor)
    (request,) = tick.run_requests
    assert (request.job_name, request.tags["requested_by"]) == ("bulk_sync__demo", "sensor: records edited")
    assert looked_until(tick) < edited_at
    between = pushed.tick("edited_records", tick.cursor)
    assert between.run_requests == []
    assert looked_until(between) < edited_at
    (rows,) = pushed.carry_out(tick)
    assert rows["invoice", source_id].status == "updated"
    assert pushed.asked("edited_records", between.cursor) == []


def test_each_edit_is_pushed(pushed) -> None:
    source_id = invoices(pushed)[0]
    cursor = pushed.tick("edited_records").cursor
    for memo in ("once", "twice"):
        edit(pushed, source_id, memo)
        tick = pushed.tick("edited_records", cursor)
        (rows,) = pushed.carry_out(tick)
        assert rows["invoice", source_id].status == "updated"
        cursor = tick.cursor


def test_an_edited_line_or_a_deletion_is_an_edit(pushed) -> None:
    for statement in (
        "update invoice_lines set description = 'x', {touch} where invoice_id = {id}",
        "update invoices set deleted_at = clock_timestamp() where id = {id}",
    ):
        pushed.chain.rentaxis(statement.format(touch=TOUCH, id=invoices(pushed)[0]))
        tick = pushed.tick("edited_records")
        assert len(tick.run_requests) == 1, statement
        pushed.carry_out(tick)


def test_a_record_entered_late_is_pushed_where_its_day_was_and_only_there(pushed) -> None:
    """RentAxis gets an expense for a day that was pushed, and one for a day that never was."""
    for number, day in ((900_001, DAY), (900_002, dt.date(2026, 7, 9))):
        pushed.chain.rentaxis(
            """insert into expenses select (jsonb_populate_record(e, jsonb_build_object(
                 'id', %s::bigint, 'expense_date', %s::date, 'created_at', clock_timestamp(), 'updated_at', clock_timestamp()))).*
               from expenses e where e.id = 1""",
            number,
            day,
        )
    tick = pushed.tick("edited_records")
    assert [one.tags["dagster/asset_partition_range_start"] for one in tick.run_requests] == [str(DAY)]
    (rows,) = pushed.carry_out(tick)
    assert ("expense", "900001") in rows
    assert pushed.asked("edited_records", tick.cursor) == []


def test_a_record_moved_to_a_day_that_was_never_pushed_follows_with_its_old_day(pushed) -> None:
    """It stands in QuickBooks on the day it was moved away from: that day's run takes it along."""
    source_id = invoices(pushed)[0]
    pushed.chain.rentaxis(
        f"update invoices set invoice_date = '2026-07-09', {TOUCH} where id = %s", int(source_id)
    )
    tick = pushed.tick("edited_records")
    (rows,) = pushed.carry_out(tick)
    assert rows["invoice", source_id].status == "updated"
    (booked,) = pushed.chain.objects(
        "Invoice", f"DocNumber = '{rows['invoice', source_id].quickbooks_number}'"
    )
    assert booked["TxnDate"] == "2026-07-09"
    assert pushed.asked("edited_records", tick.cursor) == []


def test_a_day_ahead_that_was_pushed_is_pushed_again_for_an_edit(company_sensors) -> None:
    """Rent billed for next week, pushed today, corrected tomorrow. A day past what can be chosen is left alone."""
    today = utc_now().astimezone(company_sensors.chain.company.zone).date()
    ahead, too_far = today + dt.timedelta(days=7), today + dt.timedelta(days=40)
    moved = company_sensors.chain.rentaxis(
        """update invoices set invoice_date = %s, due_date = %s where id in (
             select id from invoices where organization_id = 1 and status = 'paid' order by id limit 1) returning id::text""",
        ahead,
        ahead,
    )
    company_sensors.chain.sync(first_day=ahead, last_day=too_far)
    cursor = company_sensors.tick("edited_records").cursor
    edit(company_sensors, moved[0]["id"])
    company_sensors.chain.rentaxis(
        f"update expenses set expense_date = %s, {TOUCH} where id = (select min(id) from expenses where organization_id = 1)",
        too_far,
    )
    assert company_sensors.asked("edited_records", cursor) == [("all records", str(ahead), str(ahead))]


def test_only_the_type_that_was_pushed_is_pushed_again(company_sensors) -> None:
    rows = company_sensors.chain.sync("invoices", **ONE_DAY)
    company_sensors.rows = rows
    edit(company_sensors, invoices(company_sensors)[0])
    assert company_sensors.asked("edited_records") == [("invoices", str(DAY), str(DAY))]


def test_a_record_a_person_left_out_is_not_pushed_for_being_edited(pushed) -> None:
    source_id = invoices(pushed)[0]
    pushed.chain.decide("exclude", "invoice", source_id)
    pushed.chain.sync("invoices", **ONE_DAY)
    edit(pushed, source_id)
    assert pushed.asked("edited_records") == []


def test_a_failed_record_is_not_this_sensors(pushed) -> None:
    """The sensor of mended records has its own count of tries."""
    source_id = invoices(pushed)[0]
    pushed.ledger(
        "update ledger.single_results set status = 'failed', reason_code = 'rejected' where source_type = 'invoice' and source_id = :id",
        id=source_id,
    )
    edit(pushed, source_id)
    assert pushed.asked("edited_records") == []
    assert pushed.asked("fixed_records") == [JOB]


def test_an_edit_while_the_day_is_under_way_waits_for_that_run_and_is_not_lost(pushed) -> None:
    """Whether that run has read it nobody knows: the cursor stays before it, and the next tick after the run asks."""
    source_id = invoices(pushed)[0]
    under_way = pushed.run_record(str(DAY), str(DAY), dg.DagsterRunStatus.STARTED)
    edited_at = edit(pushed, source_id)
    tick = pushed.tick("edited_records")
    assert tick.run_requests == []
    assert looked_until(tick) < edited_at
    pushed.instance.delete_run(under_way.run_id)
    assert pushed.asked("edited_records", tick.cursor) == [JOB]


def test_a_run_that_came_to_nothing_is_asked_for_again_later_and_not_for_ever(pushed) -> None:
    """Nobody carries the runs out: three in all, ever further apart; then the cursor goes on."""
    edited_at = edit(pushed, invoices(pushed)[0])
    since = edited_at - dt.timedelta(minutes=1)
    asked: list[int] = []
    for minute in (0, 5, 10, 15, 39, 41, 200, 900):
        with pushed.sensor_context(edited_at + dt.timedelta(minutes=minute)) as context:
            seen, after = edited.evaluate(context, since)
            asked += [minute] * len(seen.runs)
            assert after >= since
    assert asked == [0, 10, 41]
    with pushed.sensor_context(edited_at + dt.timedelta(days=1)) as context:
        later = edited.evaluate(context, since)
    assert later[0].runs == []


def test_a_database_that_cannot_be_read_leaves_the_cursor_where_it_is(pushed, monkeypatch) -> None:
    edit(pushed, invoices(pushed)[0])
    with monkeypatch.context() as broken:
        broken.setenv("RENTAXIS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
        with pytest.raises(Stopped, match="could not be reached"):
            pushed.tick("edited_records")
    assert pushed.asked("edited_records") == [JOB]


def test_any_cursor_is_a_place_to_begin(pushed) -> None:
    """Also one that a person typed."""
    edit(pushed, invoices(pushed)[0])
    for cursor in (None, "", "yesterday", "2026-05-01T00:00:00"):
        pushed.ledger("delete from ledger.tries")
        assert JOB in pushed.asked("edited_records", cursor)


def test_a_tenant_created_long_before_the_first_day_follows_its_record(pushed) -> None:
    """It came along with an invoice; the run of that day brings it up to date, once."""
    key = next(
        (row.source_type, row.source_id)
        for row in pushed.rows.values()
        if row.source_type == "tenant" and row.status == "created"
    )
    pushed.chain.rentaxis(
        "update organization_tenants set created_at = '2019-03-01 12:00Z' where tenant_id = %s", int(key[1])
    )
    pushed.chain.rentaxis(f"update tenants set phone = '609 555 0170', {TOUCH} where id = %s", int(key[1]))
    tick = pushed.tick("edited_records")
    assert [one.tags["dagster/asset_partition_range_start"] for one in tick.run_requests] == [str(DAY)]
    (rows,) = pushed.carry_out(tick)
    assert rows[key].status == "updated"
    assert pushed.asked("edited_records", tick.cursor) == []


def test_where_customers_were_never_chosen_a_tenant_follows_with_the_record_that_needed_it(
    company_sensors,
) -> None:
    rows = company_sensors.chain.sync("invoices", **ONE_DAY)
    key = next(key for key, row in rows.items() if key[0] == "tenant" and row.status == "created")
    company_sensors.chain.rentaxis(
        f"update tenants set phone = '609 555 0172', {TOUCH} where id = %s", int(key[1])
    )
    tick = company_sensors.tick("edited_records")
    (request,) = tick.run_requests
    assert [types for types, _, _ in parts_of(request)] == ["invoices"]
    (again,) = company_sensors.carry_out(tick)
    assert again[key].status == "updated"
    assert company_sensors.asked("edited_records", tick.cursor) == []


def test_a_tenant_no_record_was_ever_pushed_for_is_left_alone(pushed) -> None:
    seen = [int(source_id) for kind, source_id in pushed.rows if kind == "tenant"]
    pushed.chain.rentaxis(
        f"update tenants set phone = '609 555 0171', {TOUCH} where id = (select min(tenant_id) from organization_tenants"
        " where organization_id = 1 and created_at < '2026-05-01' and tenant_id <> all(%s))",
        seen,
    )
    assert pushed.asked("edited_records") == []
