"""Two companies in one process: a second one is settings alone, and nothing that Dagster knows of them is shared."""

import datetime as dt
import shutil
from pathlib import Path

import dagster as dg
import pytest

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.failures import sentence_of
from rentaxis_pipelines.orchestration.names import REALM_TAG, is_run_of, named, results_key
from rentaxis_pipelines.orchestration.partitions import daily
from rentaxis_pipelines.orchestration.run_tags import range_tags
from rentaxis_pipelines.orchestration.session import Sessions, SyncSession
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER, source_of, staging_models
from rentaxis_pipelines.settings import Scope, SettingsError, load_scope

PUSHING = {"missed_nights", "fixed_records", "edited_records"}
TELLING = {"notice_of_success", "notice_of_failure", "notice_of_canceled", "heartbeat"}
NOTICE = "notice:\n  when: always\n  webhook: true\n"


def company(folder: Path, slug: str, time_zone: str, first_day: str, more: str = "") -> str:
    """A company file; returns where it is."""
    file = folder / f"{slug}.yaml"
    file.write_text(f"slug: {slug}\ntime_zone: {time_zone}\nfirst_day: {first_day}\n{more}")
    return str(file)


@pytest.fixture
def scopes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Scope]:
    """Elm in New York and Birch in Los Angeles, by variables of their own."""
    birch = company(
        tmp_path, "birch", "America/Los_Angeles", "2026-03-01", "automation: {nightly_at: '04:30'}\n"
    )
    monkeypatch.setenv("ELM_RENTAXIS_COMPANY_FILE", company(tmp_path, "elm", "America/New_York", "2026-01-01", NOTICE))  # fmt: skip
    monkeypatch.setenv("BIRCH_RENTAXIS_COMPANY_FILE", birch)
    monkeypatch.setenv("ELM_QUICKBOOKS_REALM_ID", "111")
    monkeypatch.setenv("BIRCH_QUICKBOOKS_REALM_ID", "222")
    return [load_scope("ELM_"), load_scope("BIRCH_")]


def test_each_has_what_it_has_alone_and_shares_no_name(scopes: list[Scope]) -> None:
    """Assets, jobs and schedules: together exactly those of the one and those of the other."""
    both = build_defs(scopes).get_repository_def()
    alone = [build_defs([scope]).get_repository_def() for scope in scopes]
    for names in (
        lambda repository: {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()},
        lambda repository: {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")},
        lambda repository: {one.name for one in repository.schedule_defs},
    ):
        elm, birch = (names(each) for each in alone)
        assert elm
        assert elm.isdisjoint(birch)
        assert names(both) == elm | birch
    assert {name.removeprefix("elm/") for name in keys(alone[0])} == {
        name.removeprefix("birch/") for name in keys(alone[1])
    }


def keys(repository: dg.RepositoryDefinition) -> set[str]:
    return {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}


def test_each_has_its_own_days_clock_and_queue(scopes: list[Scope]) -> None:
    """Partitions and schedule in its own time zone, and the tag that its runs wait for one another by."""
    elm, birch = scopes
    repository = build_defs(scopes).get_repository_def()
    zones = {"elm": "America/New_York", "birch": "America/Los_Angeles"}
    first_days = {"elm": "2026-01-01", "birch": "2026-03-01"}
    for key in repository.asset_graph.get_all_asset_keys():
        days = repository.asset_graph.get(key).partitions_def
        if days is not None:
            assert isinstance(days, dg.DailyPartitionsDefinition)
            assert days.timezone == zones[key.path[0]]
            assert days.get_first_partition_key() == first_days[key.path[0]]
    hours = {one.name: (one.cron_schedule, one.execution_timezone) for one in repository.schedule_defs}
    assert hours == {
        "nightly__elm": ("0 3 * * *", "America/New_York"),
        "nightly__birch": ("30 4 * * *", "America/Los_Angeles"),
    }
    realms = {"elm": "111", "birch": "222"}
    for job in repository.get_all_jobs():
        if not job.name.startswith("__"):
            assert job.tags[REALM_TAG] == realms[job.name.rpartition("__")[2]], job.name
    noon = dt.datetime(2026, 3, 8, tzinfo=dt.UTC)
    assert daily(elm).time_window_for_partition_key("2026-03-08").start > noon
    assert daily(elm) != daily(birch)


def test_the_sensors_are_one_of_each_kind_for_all_companies(scopes: list[Scope]) -> None:
    """However many companies there are; those that push may start what pushes by itself, of each company, and nothing that forces."""
    alone = {sensor.name for sensor in build_defs(scopes[:1]).get_repository_def().sensor_defs}
    sensors = {sensor.name: sensor for sensor in build_defs(scopes).get_repository_def().sensor_defs}
    assert sensors.keys() == alone == {*PUSHING, *TELLING}
    for name, sensor in sensors.items():
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        started = {target.job_name for target in sensor.targets}
        own = {f"{job}__{slug}" for job in ("bulk_sync", "push_days") for slug in ("elm", "birch")}
        assert started == (own if name in PUSHING else set())


def test_a_run_is_told_to_be_a_companys_by_its_job_or_its_assets(scopes: list[Scope]) -> None:
    """Also where one short name ends like another."""
    elm, birch = scopes
    slippery = Scope(elm.company.model_copy(update={"slug": "ham_elm"}))
    for scope in (elm, birch, slippery):
        others = [one for one in (elm, birch, slippery) if one is not scope]
        by_job = dg.DagsterRun(job_name=named(scope, "bulk_sync"))
        by_assets = dg.DagsterRun(job_name="__ASSET_JOB", asset_selection=frozenset({results_key(scope)}))
        for run in (by_job, by_assets):
            assert is_run_of(scope, run)
            assert not any(is_run_of(one, run) for one in others)


def test_two_companies_of_one_short_name_are_refused(scopes: list[Scope]) -> None:
    with pytest.raises(SettingsError, match="Two companies are called elm"):
        build_defs([scopes[0], scopes[0]])


class SaysWhose(SyncSession):
    """Stops at the first look at its settings, and says whose they are."""

    @property
    def scope(self) -> Scope:
        raise CannotLaunch(f"These are the settings of {self._made_for.slug}.")


@pytest.mark.parametrize("job", ["bulk_sync", "push_days", "reconcile"])
def test_a_step_of_each_company_is_handed_its_own_company_alone(scopes: list[Scope], job: str) -> None:
    """There is one session for all of them, which makes that of the company whose step asks, and of no other."""
    definitions = build_defs(scopes, session=SaysWhose)
    with dg.DagsterInstance.ephemeral() as instance:
        for scope in scopes:
            ended = definitions.resolve_job_def(named(scope, job)).execute_in_process(
                instance=instance,
                tags=range_tags(DateRange.of_days(*2 * (dt.date(2026, 5, 1),))) if job == "bulk_sync" else {},
                raise_on_error=False,
            )
            said = {sentence_of(event) for event in ended.all_events if event.is_step_failure}
            assert said == {f"These are the settings of {scope.slug}."}


def test_a_run_that_has_begun_with_one_company_is_given_no_other(scopes: list[Scope]) -> None:
    """Whatever asks for it, a step or the frames that a step loads before it begins."""
    sessions = Sessions({scope.slug: scope for scope in scopes}, SyncSession)
    assert sessions.of("elm") is sessions.of("elm")
    with pytest.raises(CannotLaunch, match="A run is for one company, but assets of birch and of elm"):
        sessions.of("birch")


def own_sql(folder: Path, old: str = "", new: str = "") -> Path:
    """A copy of the staging models, with ``old`` replaced in invoices.sql."""
    shutil.copytree(STAGING_FOLDER, folder)
    file = folder / "invoices.sql"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_each_reads_rentaxis_through_its_own_sql(
    scopes: list[Scope], tmp_path: Path, rentaxis_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elm has a folder of its own, Birch none; both are read in one process, and a folder named without a prefix is nobody's."""
    folder = own_sql(tmp_path / "elm_sql")
    monkeypatch.setenv("ELM_RENTAXIS_SQL_FOLDER", str(folder))
    monkeypatch.setenv("RENTAXIS_SQL_FOLDER", str(tmp_path / "nowhere"))
    for name, value in CONNECTIONS.items():
        for prefix in ("ELM_", "BIRCH_"):
            monkeypatch.setenv(f"{prefix}{name}", value)
            monkeypatch.setenv(f"{prefix}RENTAXIS_DATABASE_URL", rentaxis_database)
    elm, birch = (scope.current() for scope in scopes)
    with source_of(elm.environment) as elms, source_of(birch.environment) as birchs:
        assert staging_models(elms).folder == folder
        assert staging_models(birchs).folder == STAGING_FOLDER
    assert (elm.sql_folder, birch.sql_folder) == (folder, None)
    assert build_defs(scopes)


CONNECTIONS = {
    "PIPELINES_DATABASE_URL": "postgresql://nowhere/pipelines",
    "QUICKBOOKS_BASE_URL": "http://127.0.0.1:1",
    "QUICKBOOKS_AUTH_BASE_URL": "http://127.0.0.1:1",
    "QUICKBOOKS_CLIENT_ID": "client",
    "QUICKBOOKS_CLIENT_SECRET": "secret",
    "PIPELINES_SECRET_KEY": "key",
    "RENTAXIS_ORGANIZATION_ID": "1",
}


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("{{ ref('", "{{ ref('no_", "invoices.sql refers to 'no_"),
        ("select", "{% select", "invoices.sql cannot be rendered: "),
        ("select", "select :tomorrow,", "invoices.sql binds :tomorrow"),
    ],
    ids=["a model that is not there", "no template", "an unknown parameter"],
)
def test_a_broken_model_is_the_problem_of_its_company_alone(
    scopes: list[Scope],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    old: str,
    new: str,
    wrong: str,
) -> None:
    """In the folder of the second company alone: the first one is as it would be by itself, the second keeps its place and its tick says
    which file it is.
    """
    monkeypatch.setenv("BIRCH_RENTAXIS_SQL_FOLDER", str(own_sql(tmp_path / "birch_sql", old, new)))
    for prefix in ("ELM_", "BIRCH_"):
        for name, value in CONNECTIONS.items():
            monkeypatch.setenv(f"{prefix}{name}", value)
        monkeypatch.setenv(f"{prefix}RENTAXIS_DATABASE_URL", "postgresql://nowhere/rentaxis")
    repository = build_defs(scopes).get_repository_def()
    assert "The company birch cannot be used. " in caplog.text
    assert wrong in caplog.text
    assert "nightly__elm" in {one.name for one in repository.schedule_defs}
    assert len(night_of(repository, "elm")) == 1
    with pytest.raises(dg.Failure, match=wrong):
        night_of(repository, "birch")


def night_of(repository: dg.RepositoryDefinition, slug: str) -> list[dg.RunRequest]:
    """What the company's nightly tick of this year's end asks for. Raises what the tick says."""
    schedule = repository.get_schedule_def(f"nightly__{slug}")
    at = dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)
    context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository)
    return list(schedule.evaluate_tick(context).run_requests or [])


def test_a_folder_of_sql_that_is_not_there_is_its_companys_problem(
    scopes: list[Scope], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ELM_RENTAXIS_SQL_FOLDER", str(tmp_path / "nowhere"))
    assert len(build_defs(scopes).get_repository_def().schedule_defs) == 2
    assert "The company elm cannot be used. " in caplog.text
    assert "nowhere, but there is no such folder" in caplog.text
