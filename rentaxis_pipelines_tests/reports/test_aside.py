"""A proof is made beside the last one: whoever looks meanwhile sees the last one at once, and a proof that fails changes nothing."""

import pytest

from rentaxis_pipelines.reports import aside, months


def test_pages_read_the_last_proof_while_the_next_is_made(pushed, monkeypatch):
    """With the tables of the next proof made and not yet in place, a reader who waits for nothing gets every month."""
    seen = []
    put_in_place = aside._put_in_place

    def look_first(connection, own, next_schema):
        with pushed.reports() as reader:
            reader.exec_driver_sql("set local lock_timeout = '1ms'")
            seen.append(months.months_ready(reader))
        put_in_place(connection, own, next_schema)

    before = pushed.sql("select run_id from parameters")
    monkeypatch.setattr(aside, "_put_in_place", look_first)
    summary = pushed.reconcile()
    (ready,) = seen
    assert [{"run_id": ready.proof.run_id}] == before
    assert ready.months
    assert pushed.sql("select run_id from parameters") == [{"run_id": summary.run_id}]


def test_a_proof_that_fails_leaves_the_last_one_as_it_was(pushed, monkeypatch):
    """Every table is the one it was, and nothing stands beside; the next proof is made as if nothing had happened."""
    tables = "select relname, oid from pg_class where relnamespace::regnamespace::text ~ '^reports_' and relname !~ '^rentaxis_' order by 1, 2"

    def fail(connection, own, next_schema):
        raise RuntimeError("the disk is full")

    before = pushed.sql(tables)
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(aside, "_put_in_place", fail)
        pushed.reconcile()
    assert pushed.sql(tables) == before
    assert pushed.reconcile().proved
