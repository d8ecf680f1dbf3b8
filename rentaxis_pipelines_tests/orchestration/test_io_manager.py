"""The IO manager inside real Dagster runs, on a real Postgres."""

import datetime as dt
from collections.abc import Callable, Mapping

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.orchestration.io_manager import (
    MAY_BE_UNREAD,
    NeverExtracted,
    PostgresFrames,
    ReadByAnotherRun,
)
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.frames import belonging_to, connected, read_window
from rentaxis_pipelines.storage.tables import FrameRefused, FramesOfAnotherCompany, StorageError, Store

# Dagster still calls backfill policies beta; the design rests on them all the same.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

DAILY = dg.DailyPartitionsDefinition(
    start_date="2025-01-01", end_date="2027-01-01", timezone="America/New_York"
)
SCHEMA = pa.schema(
    [("day", pa.date32()), ("name", pa.string()), ("lines", pa.list_(pa.struct([("n", pa.int64())])))]
)
OURS = {"organization_id": "1", "realm": "77"}
THEIRS = {"organization_id": "2", "realm": "88"}
running_for = dict(OURS)
STORE = Store.of(CompanyKey("1", "77"), "staging")
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def days_of(context: dg.AssetExecutionContext) -> list[dt.date]:
    window = context.partition_time_window
    count = (window.end.date() - window.start.date()).days
    return [window.start.date() + dt.timedelta(days=number) for number in range(count)]


def frame_of(rows: list[dict]) -> pd.DataFrame:
    """A frame of the company that the assets run for."""
    frame = pa.Table.from_pylist(rows, SCHEMA).to_pandas(types_mapper=pd.ArrowDtype)
    return belonging_to(CompanyKey(**running_for), frame)


def assets_of(
    rows: Callable[[dt.date], int], metadata: Mapping[str, bool] | None = None
) -> tuple[list[dg.AssetsDefinition], dict[str, pd.DataFrame]]:
    """``source/rows`` (as many rows a day as told), ``copy``, which is given them, and what ``copy`` got."""
    got: dict[str, pd.DataFrame] = {}

    @dg.asset(
        key=["source", "rows"],
        partitions_def=DAILY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        io_manager_key="frames",
    )
    def source(context: dg.AssetExecutionContext) -> pd.DataFrame:
        return frame_of(
            [
                {"day": day, "name": f"{context.run.run_id[:4]} {number}", "lines": [{"n": number}]}
                for day in days_of(context)
                for number in range(rows(day))
            ]
        )

    @dg.asset(
        partitions_def=DAILY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        io_manager_key="frames",
        ins={"frame": dg.AssetIn(key=["source", "rows"], metadata=metadata)},
    )
    def copy(context: dg.AssetExecutionContext, frame: pd.DataFrame) -> pd.DataFrame:
        got["frame"] = frame
        return frame

    return [source, copy], got


@pytest.fixture
def run(database):
    """``run(assets, first, last)`` materializes a range in one run, ``run(assets, day)`` one day."""
    running_for.update(OURS)

    def materialize(
        assets: list,
        first: str | None = None,
        last: str | None = None,
        company: dict[str, str] = OURS,
        **options: object,
    ):
        running_for.update(company)
        tags = {RANGE_START: first, RANGE_END: last} if first and last else None
        return dg.materialize(
            assets,
            partition_key=None if last else first,
            tags=tags,
            resources={"frames": PostgresFrames(database, CompanyKey(**company))},
            **options,
        )

    return materialize


def kept(database: str, table: str, first: str, after_last: str) -> pd.DataFrame:
    with connected(database) as connection:
        return read_window(
            connection,
            STORE,
            table,
            DateRange(dt.date.fromisoformat(first), dt.date.fromisoformat(after_last)),
        )


def test_a_range_is_one_run_and_its_downstream_gets_all_of_it(run, database) -> None:
    """Over the end of daylight saving time; each day is materialized, the empty ones too."""
    assets, got = assets_of(lambda day: day.day % 3)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(assets, "2026-10-30", "2026-11-03", instance=instance)
        for key in (["source", "rows"], ["copy"]):
            assert instance.get_materialized_partitions(dg.AssetKey(key)) == {
                "2026-10-30",
                "2026-10-31",
                "2026-11-01",
                "2026-11-02",
                "2026-11-03",
            }
    assert result.success
    by_day = got["frame"].groupby("day").size()
    assert {str(day): count for day, count in by_day.items()} == {
        "2026-10-31": 1,
        "2026-11-01": 1,
        "2026-11-02": 2,
    }
    pd.testing.assert_frame_equal(got["frame"], kept(database, "copy", "2026-10-30", "2026-11-04"))
    assert got["frame"]["lines"].dtype == pd.ArrowDtype(SCHEMA.field("lines").type)


def test_the_metadata_of_a_day_is_only_its_runs_row_count(run) -> None:
    assets, _ = assets_of(lambda day: 2)
    result = run(assets, "2026-03-01", "2026-03-03")
    for event in result.asset_materializations_for_node("source__rows"):
        assert {name: value.value for name, value in event.metadata.items()} == {"dagster/row_count": 6}


def test_one_day_can_be_run_again_inside_a_range(run, database) -> None:
    """Only that day's rows change, whatever happened to the rest before."""
    assets, _ = assets_of(lambda day: 1)
    run(assets, "2026-03-06", "2026-03-10")
    before = kept(database, "copy", "2026-03-06", "2026-03-11")
    again, got = assets_of(lambda day: 3)
    run(again, "2026-03-08")
    after = kept(database, "copy", "2026-03-06", "2026-03-11")
    assert len(before) == 5
    assert [day.day for day in after["day"]] == [6, 7, 8, 8, 8, 9, 10]
    others = after[after["day"] != dt.date(2026, 3, 8)].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, before[before["day"] != dt.date(2026, 3, 8)].reset_index(drop=True))
    assert len(got["frame"]) == 3


def test_a_year_is_one_window(run, database) -> None:
    assets, got = assets_of(lambda day: 1)
    run(assets, "2025-01-01", "2025-12-31")
    assert len(got["frame"]) == 365
    assert len(kept(database, "source__rows", "2025-01-01", "2026-01-01")) == 365


def test_a_backfill_of_nothing_but_empty_days_goes_through(run, database) -> None:
    assets, got = assets_of(lambda day: 0)
    run(assets, "2026-03-01", "2026-03-02")
    assert (len(got["frame"]), list(got["frame"].columns)) == (0, SCHEMA.names)


@pytest.mark.parametrize("kept_before", [False, True], ids=["never kept", "kept by another run"])
def test_an_input_that_may_be_unread_counts_as_empty_and_the_log_says_so(run, capfd, kept_before) -> None:
    """Whatever other runs have read of it."""
    assets, got = assets_of(lambda day: 1, MAY_BE_UNREAD)
    if kept_before:
        run(assets, "2026-03-01", "2026-03-02", selection=[dg.AssetKey(["source", "rows"])])
    result = run(assets, "2026-03-01", "2026-03-02", selection=["copy"])
    assert len(got["frame"]) == 0
    assert result.success
    assert "2 days of source/rows were not read by this run" in capfd.readouterr().err


def test_rows_another_run_read_are_refused(run, database) -> None:
    """All of the days or one of them: what was pushed since may be newer. A run that reads them itself goes through."""
    assets, got = assets_of(lambda day: 1)
    run(assets, "2026-03-01", "2026-03-02", selection=[dg.AssetKey(["source", "rows"])])
    said = r"source/rows for 2 of the days asked for, the first of them 2026-03-01, were read by another run.*Launch a job"
    with pytest.raises(ReadByAnotherRun, match=said):
        run(assets, "2026-03-01", "2026-03-02", selection=["copy"])
    assert got == {}
    run(assets, "2026-03-01", "2026-03-02")
    assert len(got["frame"]) == 2


def test_a_day_another_run_reads_between_a_runs_write_and_its_use_is_refused(run, database) -> None:
    """Its read may be the older one, so neither is taken."""
    (source, _), got = assets_of(lambda day: 1)
    meanwhile, _ = assets_of(lambda day: 2)

    @dg.asset(deps=[source], partitions_def=DAILY, backfill_policy=dg.BackfillPolicy.single_run())
    def another_run() -> None:
        run(meanwhile[:1], "2026-03-02")

    @dg.asset(
        deps=[another_run],
        partitions_def=DAILY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        ins={"frame": dg.AssetIn(key=["source", "rows"])},
    )
    def user(frame: pd.DataFrame) -> None:
        got["frame"] = frame

    with pytest.raises(ReadByAnotherRun, match="source/rows for 2026-03-02 were read by another run"):
        run([source, another_run, user], "2026-03-01", "2026-03-03")
    assert got == {}


def test_days_never_extracted_are_not_taken_for_empty_ones(run) -> None:
    """Not even where some of the days were: what was never read would silently be left out."""
    assets, got = assets_of(lambda day: 1)
    run(assets, "2026-03-01", "2026-03-02")
    with pytest.raises(NeverExtracted, match=r"source/rows for 2026-03-03 .*organization 1 .*Launch a job"):
        run(assets, "2026-03-02", "2026-03-03", selection=["copy"])
    assert len(got["frame"]) == 2


def test_days_another_company_extracted_are_refused_and_it_is_named(run, database) -> None:
    """The environment was changed between two steps: the second step gets none of the rows, and says whose they are."""
    assets, got = assets_of(lambda day: 1)
    run(assets, "2026-03-01", "2026-03-02", selection=[dg.AssetKey(["source", "rows"])])
    with pytest.raises(
        NeverExtracted, match=r"for RentAxis organization 2 .*They were for RentAxis organization 1 "
    ):
        run(assets, "2026-03-01", "2026-03-02", company=THEIRS, selection=["copy"])
    with pytest.raises(
        FramesOfAnotherCompany, match=r"belong to RentAxis organization 1 .*those of RentAxis organization 2 "
    ):
        run(assets, "2026-03-01", "2026-03-02", company={**OURS, "organization_id": "2"}, selection=["copy"])
    assert got == {}
    run(assets, "2026-03-01", "2026-03-02", company=THEIRS)
    assert len(kept(database, "source__rows", "2026-03-01", "2026-03-03")) == 2
    assert len(kept(database, "copy", "2026-03-01", "2026-03-03")) == 0


def test_a_frame_with_a_day_of_another_partition_fails_the_run(run, database) -> None:
    @dg.asset(partitions_def=DAILY, io_manager_key="frames")
    def stray() -> pd.DataFrame:
        return frame_of([{"day": dt.date(2026, 5, 5), "name": "x", "lines": []}])

    with pytest.raises(FrameRefused, match="2026-05-05"):
        run([stray], "2026-03-01")
    assert len(kept(database, "stray", "2026-01-01", "2027-01-01")) == 0


def test_partitions_that_leave_days_out_are_refused(run) -> None:
    """A window is every day of it; a range over a weekend that has no partitions would empty the weekend."""
    weekdays = dg.TimeWindowPartitionsDefinition(
        start="2026-01-01", cron_schedule="0 0 * * 1-5", fmt="%Y-%m-%d", timezone="America/New_York"
    )

    @dg.asset(
        partitions_def=weekdays, backfill_policy=dg.BackfillPolicy.single_run(), io_manager_key="frames"
    )
    def office_days() -> pd.DataFrame:
        return frame_of([])

    with pytest.raises(StorageError, match="do not include every day"):
        run([office_days], "2026-03-06", "2026-03-09")


def test_an_asset_without_partitions_is_replaced_and_read_whole(run, database) -> None:
    """It can feed partitioned assets and be fed by the days its own run wrote."""
    assets, _ = assets_of(lambda day: 1)
    got: list[int] = []

    @dg.asset(io_manager_key="frames", ins={"days": dg.AssetIn("copy", metadata=MAY_BE_UNREAD)})
    def whole(days: pd.DataFrame) -> pd.DataFrame:
        return days.drop(columns=["day"])

    @dg.asset(io_manager_key="frames", partitions_def=DAILY)
    def later(whole: pd.DataFrame) -> pd.DataFrame:
        got.append(len(whole))
        return frame_of([])

    for _ in range(2):
        run([*assets, whole], "2026-03-01", "2026-03-03")
        run([*assets, whole, later], "2026-03-09", selection=["later"])
    assert got == [3, 3]


@pytest.mark.parametrize(
    "frame",
    [belonging_to(CompanyKey(**THEIRS), pd.DataFrame({"name": ["x"]})), pd.DataFrame({"name": ["x"]})],
    ids=["another company's", "nobody's"],
)
def test_a_frame_that_is_not_this_companys_is_not_kept(run, database, frame) -> None:
    """The settings changed between the reading of a frame and its keeping: it goes into neither company's tables."""

    @dg.asset(io_manager_key="frames")
    def stray() -> pd.DataFrame:
        return frame

    with pytest.raises(FramesOfAnotherCompany, match="Nothing was stored or sent"):
        run([stray])
    with connected(database) as connection:
        assert connection.execute("select to_regclass('staging_77.frame_days')").fetchone() == (None,)
