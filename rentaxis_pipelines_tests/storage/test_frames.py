import datetime as dt
import threading
from decimal import Decimal

import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.frames import (
    StorageUnreachable,
    connected,
    other_writers,
    read_window,
    replace_window,
    unwritten_days,
)
from rentaxis_pipelines.storage.tables import FrameRefused, FramesOfAnotherCompany, StorageError, Store

OURS = Store.of(CompanyKey("1", "77"), "staging")
THEIRS = Store.of(CompanyKey("2", "88"), "staging")
MARCH = DateRange(dt.date(2026, 3, 1), dt.date(2026, 4, 1))
LINE = pa.struct([("amount", pa.decimal128(20, 4)), ("text", pa.string()), ("at", pa.timestamp("us", "UTC"))])
SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("text", pa.string()),
        ("money", pa.decimal128(20, 4)),
        ("number", pa.int64()),
        ("yes", pa.bool_()),
        ("score", pa.float64()),
        ("at", pa.timestamp("us", "UTC")),
        ("lines", pa.list_(LINE)),
        (
            "place",
            pa.struct([("name", pa.string()), ("tags", pa.list_(pa.string())), ("score", pa.float64())]),
        ),
    ]
)
VALUES = {
    pa.string(): st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
    | st.sampled_from(
        ["", "\\.", "\\N", '"', '","', "\n", "\r\n", "null", "\\u0000", "\\\\u0000", "🏠", "'; --", "\t"]
    ),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.bool_(): st.booleans(),
    pa.float64(): st.floats(allow_nan=False),
    pa.date32(): st.dates(),
    pa.timestamp("us", "UTC"): st.datetimes(timezones=st.just(dt.UTC)),
    pa.decimal128(20, 4): st.integers(-(10**20) + 1, 10**20 - 1).map(lambda units: Decimal(units).scaleb(-4)),
}


def values_of(data_type: pa.DataType) -> st.SearchStrategy:
    """Any value of an Arrow type, null among them."""
    if pa.types.is_struct(data_type):
        present = st.fixed_dictionaries({field.name: values_of(field.type) for field in data_type})
    elif pa.types.is_list(data_type):
        present = st.lists(values_of(data_type.value_type), max_size=3)
    else:
        present = VALUES[data_type]
    return st.none() | present


def rows_in(window: DateRange) -> st.SearchStrategy:
    columns = {field.name: values_of(field.type) for field in SCHEMA}
    return st.lists(
        st.fixed_dictionaries({**columns, "day": st.dates(window.first_day, window.last_day)}), max_size=6
    )


def frame_of(rows: list[dict], schema: pa.Schema = SCHEMA) -> pd.DataFrame:
    return pa.Table.from_pylist(rows, schema).to_pandas(types_mapper=pd.ArrowDtype)


def simple(*days: int, text: str = "x") -> pd.DataFrame:
    """One row for each of these days of March 2026, numbered."""
    schema = pa.schema([("day", pa.date32()), ("text", pa.string()), ("number", pa.int64())])
    rows = [{"day": dt.date(2026, 3, day), "text": text, "number": number} for number, day in enumerate(days)]
    return frame_of(rows, schema)


def rows_of(frame: pd.DataFrame) -> list[tuple[int, str]]:
    return [(day.day, text) for day, text in zip(frame["day"], frame["text"], strict=True)]


def march(first: int, after_last: int) -> DateRange:
    return DateRange(dt.date(2026, 3, first), dt.date(2026, 3, after_last))


@pytest.fixture
def store(database):
    with connected(database) as connection:
        yield connection


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=rows_in(MARCH))
def test_a_frame_comes_back_exactly_as_it_went_in(store, rows) -> None:
    """Types and values, to the last digit, character, null and empty list; by day, and as written within."""
    frame = frame_of(rows)
    assert replace_window(store, OURS, "things", MARCH, frame) == len(rows)
    back = read_window(store, OURS, "things", MARCH)
    assert list(back.dtypes.items()) == list(frame.dtypes.items())
    expected = pa.Table.from_pylist(sorted(rows, key=lambda row: row["day"]), SCHEMA)
    assert pa.Table.from_pandas(back, preserve_index=False).replace_schema_metadata(None).equals(expected)


def test_what_is_kept_can_be_read_with_sql(store) -> None:
    """Money is numeric, days are dates; in nested columns money is text, so that nothing becomes a float."""
    row = {
        "day": dt.date(2026, 3, 1),
        "money": Decimal("0.1000"),
        "at": dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC),
        "lines": [{"amount": Decimal("12.34"), "text": None, "at": None}],
    }
    replace_window(store, OURS, "things", MARCH, frame_of([row]))
    query = "select day, money, at, lines, pg_typeof(lines)::text, text from staging_77.things"
    assert store.execute(query).fetchone() == (
        dt.date(2026, 3, 1),
        Decimal("0.1000"),
        dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC),
        [{"amount": "12.3400", "text": None, "at": None}],
        "jsonb",
        None,
    )


def test_exactly_the_window_is_replaced(store) -> None:
    """A day inside a range is written again; the rest of the range stays, and so does what lies outside."""
    replace_window(store, OURS, "t", march(1, 11), simple(1, 5, 5, 10, text="old"))
    replace_window(store, OURS, "t", march(11, 13), simple(11, text="old"))
    replace_window(store, OURS, "t", march(5, 6), simple(5, text="new"))
    assert rows_of(read_window(store, OURS, "t", march(1, 31))) == [
        (1, "old"),
        (5, "new"),
        (10, "old"),
        (11, "old"),
    ]
    replace_window(store, OURS, "t", march(1, 11), simple(2, text="newest"))
    assert rows_of(read_window(store, OURS, "t", march(1, 31))) == [(2, "newest"), (11, "old")]
    assert rows_of(read_window(store, OURS, "t", march(11, 12))) == [(11, "old")]


def test_an_empty_frame_empties_its_window_and_keeps_the_types(store) -> None:
    full = simple(1, 2, 3)
    replace_window(store, OURS, "t", march(1, 4), full)
    assert replace_window(store, OURS, "t", march(2, 3), simple()) == 0
    assert rows_of(read_window(store, OURS, "t", march(1, 4))) == [(1, "x"), (3, "x")]
    empty = read_window(store, OURS, "t", march(2, 3))
    assert (len(empty), list(empty.dtypes)) == (0, list(full.dtypes))


def test_a_table_made_by_an_empty_frame_has_its_types(store) -> None:
    replace_window(store, OURS, "t", march(1, 2), frame_of([]))
    assert list(read_window(store, OURS, "t", march(1, 2)).dtypes.items()) == list(
        frame_of([]).dtypes.items()
    )


def test_a_table_that_was_never_written_reads_as_no_rows(store) -> None:
    """Before anything was ever stored, and beside tables that were."""
    for _ in range(2):
        nothing = read_window(store, OURS, "nowhere", MARCH)
        assert (len(nothing), list(nothing.columns)) == (0, ["day"])
        assert len(unwritten_days(store, OURS, "nowhere", MARCH)) == 31
        replace_window(store, OURS, "somewhere", march(1, 2), simple(1))


def test_an_empty_day_is_told_apart_from_one_that_was_never_written(store) -> None:
    replace_window(store, OURS, "t", march(1, 4), simple(2))
    replace_window(store, OURS, "t", march(5, 6), simple())
    assert [day.day for day in unwritten_days(store, OURS, "t", march(1, 8))] == [4, 6, 7]
    counts = store.execute(
        "select extract(day from day)::int, row_count from staging_77.frame_days order by 1"
    )
    assert counts.fetchall() == [(1, 0), (2, 1), (3, 0), (5, 0)]


def test_without_a_window_the_whole_table_is_replaced(store) -> None:
    """Frames of assets without partitions; they need no day."""
    schema = pa.schema([("name", pa.string())])
    for names in (["b", "a", "c"], [], ["z"]):
        assert replace_window(
            store, OURS, "t", None, frame_of([{"name": name} for name in names], schema)
        ) == len(names)
        assert list(read_window(store, OURS, "t", None)["name"]) == names


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (simple(1, 4), "outside 2026-03-01 to 2026-03-02: 2026-03-04"),
        (simple(3), "outside .*: 2026-03-03"),
        (frame_of([{"text": "x"}], SCHEMA), "outside .*: None"),
        (pd.DataFrame({"text": ["x"]}), "needs a column 'day' of dates"),
        (pd.DataFrame({"day": ["2026-03-01"]}), "needs a column 'day' of dates"),
        (simple(1, text="a\0b"), "the column text contains a zero byte"),
        (
            frame_of([{"day": dt.date(2026, 3, 1), "place": {"name": "x", "tags": ["\\\0"]}}]),
            "the column place contains a zero byte",
        ),
        (
            simple(1).assign(other=pd.array([1], "Int32")),
            "column other has the type int32, which cannot be stored",
        ),
        (simple(1).assign(other=[None]), "The column other has the type null"),
        (simple(1).assign(other=[object()]), "cannot be stored"),
        (simple(1).assign(_row=1), "cannot be named _row"),
    ],
)
def test_a_frame_that_cannot_be_kept_is_refused_and_nothing_changes(store, frame, complaint) -> None:
    replace_window(store, OURS, "t", march(1, 3), simple(1, 2, text="before"))
    with pytest.raises(FrameRefused, match=complaint):
        replace_window(store, OURS, "t", march(1, 3), frame)
    assert rows_of(read_window(store, OURS, "t", march(1, 31))) == [(1, "before"), (2, "before")]


def test_a_table_name_that_postgres_would_cut_is_refused(store) -> None:
    with pytest.raises(FrameRefused, match="longer than 63 bytes"):
        replace_window(store, OURS, "t" * 64, march(1, 2), simple(1))


def test_pandas_own_texts_are_kept_too(store) -> None:
    """They come back as Arrow texts, the one kind of text frames have here."""
    frame = pd.DataFrame({"name": ["a", None]})
    replace_window(store, OURS, "t", None, frame)
    back = read_window(store, OURS, "t", None)
    assert back["name"].dtype == pd.ArrowDtype(pa.string())
    assert back["name"].tolist() == ["a", pd.NA]


def test_new_columns_are_added_after_an_upgrade(store) -> None:
    """Days already there read as null in them; the order is that of the new frame."""
    replace_window(store, OURS, "t", march(1, 3), simple(1, 2))
    wider = simple(2)
    wider.insert(0, "fresh", pd.array(["new"], pd.ArrowDtype(pa.string())))
    replace_window(store, OURS, "t", march(2, 3), wider)
    back = read_window(store, OURS, "t", march(1, 3))
    assert list(back.columns) == ["fresh", "day", "text", "number"]
    assert back["fresh"].tolist() == [pd.NA, "new"]
    assert unwritten_days(store, OURS, "t", march(1, 3)) == []


@pytest.mark.parametrize(
    "changed",
    [
        simple(2).drop(columns=["number"]),
        simple(2).astype({"number": pd.ArrowDtype(pa.string())}),
        simple(2).astype({"number": pd.ArrowDtype(pa.decimal128(30, 2))}),
    ],
)
def test_any_other_change_of_shape_makes_the_table_anew(store, changed) -> None:
    """Its days are then unknown, and must be taken from the source again: nothing is guessed at."""
    replace_window(store, OURS, "t", march(1, 3), simple(1, 2))
    replace_window(store, OURS, "t", march(2, 3), changed)
    back = read_window(store, OURS, "t", march(1, 3))
    assert list(back.dtypes.items()) == list(changed.dtypes.items())
    assert rows_of(back) == [(2, "x")]
    assert unwritten_days(store, OURS, "t", march(1, 3)) == [dt.date(2026, 3, 1)]


def test_a_changed_child_makes_the_table_anew(store) -> None:
    before = pa.schema([("day", pa.date32()), ("lines", pa.list_(pa.struct([("a", pa.string())])))])
    after = pa.schema([("day", pa.date32()), ("lines", pa.list_(pa.struct([("b", pa.int64())])))])
    day = dt.date(2026, 3, 1)
    replace_window(store, OURS, "t", march(1, 2), frame_of([{"day": day, "lines": [{"a": "1"}]}], before))
    replace_window(store, OURS, "t", march(1, 2), frame_of([{"day": day, "lines": [{"b": 1}]}], after))
    assert read_window(store, OURS, "t", march(1, 2))["lines"].tolist() == [[{"b": 1}]]


def test_writers_of_different_days_do_not_wait_for_each_other(store, database) -> None:
    """One holds its transaction open; the other writes and reads meanwhile."""
    replace_window(store, OURS, "t", march(1, 11), simple(1, text="old"))
    with connected(database) as other, store.transaction():
        replace_window(store, OURS, "t", march(1, 6), simple(1, 5, text="mine"))
        other.execute("set lock_timeout = '2s'")
        replace_window(other, OURS, "t", march(6, 11), simple(6, text="theirs"))
        assert rows_of(read_window(other, OURS, "t", march(1, 11))) == [(1, "old"), (6, "theirs")]
    assert rows_of(read_window(store, OURS, "t", march(1, 11))) == [(1, "mine"), (5, "mine"), (6, "theirs")]


def test_writers_of_one_day_take_turns(store, database) -> None:
    """The second waits for the first, and then replaces what the first wrote: never both."""
    replace_window(store, OURS, "t", march(1, 11), simple())
    with connected(database) as other:
        other.execute("set lock_timeout = '200ms'")
        with store.transaction():
            replace_window(store, OURS, "t", march(1, 6), simple(1, 5, text="mine"))
            with pytest.raises(psycopg.errors.LockNotAvailable):
                replace_window(other, OURS, "t", march(5, 8), simple(5, 7, text="theirs"))
        replace_window(other, OURS, "t", march(5, 8), simple(5, 7, text="theirs"))
    assert rows_of(read_window(store, OURS, "t", march(1, 11))) == [(1, "mine"), (5, "theirs"), (7, "theirs")]


def test_many_writers_at_once_neither_double_nor_lose_nor_lock_each_other_out(store, database) -> None:
    """Eight at the same moment, windows overlapping, the table not even there yet."""
    windows = [march(1 + n % 4 * 3, 1 + n % 4 * 3 + 6) for n in range(8)]
    ready = threading.Barrier(len(windows))
    failures: list[BaseException] = []

    def write(window: DateRange) -> None:
        try:
            with connected(database) as connection:
                ready.wait(20)
                days = range(window.first_day.day, window.end.day)
                for _ in range(3):
                    replace_window(connection, OURS, "t", window, simple(*days))
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=[window]) for window in windows]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []
    days = [day for day, _ in rows_of(read_window(store, OURS, "t", march(1, 31)))]
    assert days == list(range(1, 16))


def test_a_write_that_fails_leaves_everything_as_it_was(store, database) -> None:
    """All or nothing: here the connection dies after the rows were deleted and before the commit."""
    replace_window(store, OURS, "t", march(1, 3), simple(1, 2, text="before"))
    with pytest.raises(StorageUnreachable), connected(database) as other, other.transaction():
        replace_window(other, OURS, "t", march(1, 3), simple(1))
        store.execute("select pg_terminate_backend(%s, 5000)", [other.info.backend_pid])
        other.execute("select 1")
    assert rows_of(read_window(store, OURS, "t", march(1, 3))) == [(1, "before"), (2, "before")]


def test_a_table_changed_by_hand_is_noticed(store) -> None:
    replace_window(store, OURS, "t", march(1, 3), simple(1))
    store.execute(
        "alter table staging_77.t alter column number type text; update staging_77.t set number = 'many'"
    )
    with pytest.raises(StorageError, match=r"staging_77\.t was changed by hand"):
        read_window(store, OURS, "t", march(1, 3))


def test_a_hostile_table_name_is_a_name(store) -> None:
    name = 't"; drop schema staging_77 cascade; --'
    replace_window(store, OURS, name, march(1, 2), simple(1))
    assert len(read_window(store, OURS, name, march(1, 2))) == 1


def test_a_database_that_cannot_be_reached_is_named_by_its_setting() -> None:
    nowhere = connected("postgresql+psycopg://u:s3cret@127.0.0.1:1/x")
    with pytest.raises(StorageUnreachable, match="PIPELINES_DATABASE_URL") as caught, nowhere:
        pass
    assert "s3cret" not in str(caught.value)


def test_another_company_has_tables_of_its_own(store) -> None:
    """The same table and days in one database: neither overwrites, reads or counts as written what is the other's."""
    replace_window(store, OURS, "t", march(1, 4), simple(1, 3, text="ours"))
    assert len(unwritten_days(store, THEIRS, "t", march(1, 4))) == 3
    assert len(read_window(store, THEIRS, "t", march(1, 4))) == 0
    replace_window(store, THEIRS, "t", march(3, 5), simple(3, text="theirs").drop(columns=["number"]))
    assert rows_of(read_window(store, OURS, "t", march(1, 31))) == [(1, "ours"), (3, "ours")]
    assert rows_of(read_window(store, THEIRS, "t", march(1, 31))) == [(3, "theirs")]
    assert other_writers(store, THEIRS, "t", [dt.date(2026, 3, 1)]) == [OURS.company]
    assert other_writers(store, OURS, "t", [dt.date(2026, 3, 1)]) == []


@pytest.mark.parametrize("day", [1, 2], ids=["a day with rows", "an empty day"])
def test_frames_of_another_organization_are_refused_with_a_sentence(store, day) -> None:
    """The same QuickBooks company set up with another organization: nothing is read or written, and both are named."""
    replace_window(store, OURS, "t", march(1, 3), simple(1))
    other = Store(OURS.schema, CompanyKey("2", "77"))
    for deed in (
        lambda: read_window(store, other, "t", march(day, day + 1)),
        lambda: read_window(store, other, "never_written", march(day, day + 1)),
        lambda: unwritten_days(store, other, "t", march(day, day + 1)),
        lambda: replace_window(store, other, "t", march(day, day + 1), simple(day, text="theirs")),
        lambda: replace_window(store, other, "t", march(day, day + 1), simple(day).drop(columns=["number"])),
    ):
        with pytest.raises(FramesOfAnotherCompany, match=r"organization 1 .*organization 2 .*Nothing was"):
            deed()
    assert rows_of(read_window(store, OURS, "t", march(1, 31))) == [(1, "x")]
