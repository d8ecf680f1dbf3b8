"""Companies broken in every way beside two that are not: in Dagster each keeps its place, says what is wrong, and takes none with it."""

import datetime as dt
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.failures import sentence_of
from rentaxis_pipelines.orchestration.names import REALM_TAG
from rentaxis_pipelines.settings import Scope, scopes_from_environment
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER
from rentaxis_pipelines_tests.support.company_folders import BREAKAGES, CONNECTIONS, NAMES, write_company

SLUGS = {name: f"broken_{number}" for number, name in enumerate(BREAKAGES)}
GOOD = ("elm", "oak")
AT = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def companies_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two good companies, one for each breakage, and two of the same books; all share their connections."""
    folder = tmp_path_factory.mktemp("companies")
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delenv(name, raising=False)
        for name, value in CONNECTIONS.items():
            patch.setenv(name, value)
        patch.setenv(COMPANIES_FOLDER, str(folder))
        for number, slug in enumerate((*GOOD, *SLUGS.values())):
            write_company(folder, slug, realm=str(100 + number))
        for slug in ("same_1", "same_2"):
            write_company(folder, slug, realm="99")
        for name, slug in SLUGS.items():
            BREAKAGES[name].breaks(folder / slug)
        yield folder


@pytest.fixture(scope="module")
def scopes(companies_folder: Path) -> dict[str, Scope]:
    return {scope.slug: scope for scope in scopes_from_environment()}


@pytest.fixture(scope="module")
def repository(scopes: dict[str, Scope]) -> Iterator[dg.RepositoryDefinition]:
    """Its many broken companies are told in the log; only here that would drown everything else."""
    logger = logging.getLogger("rentaxis_pipelines.orchestration.definitions")
    logger.setLevel(logging.CRITICAL)
    yield build_defs(list(scopes.values())).get_repository_def()
    logger.setLevel(logging.NOTSET)


def things_of(repository: dg.RepositoryDefinition, slug: str) -> set[str]:
    """The names of a company's assets, jobs and schedule, without its own."""
    keys = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    jobs = {job.name for job in repository.get_all_jobs()} | {one.name for one in repository.schedule_defs}
    return {key.removeprefix(f"{slug}/") for key in keys if key.startswith(f"{slug}/")} | {
        job.removesuffix(f"__{slug}") for job in jobs if job.endswith(f"__{slug}")
    }


def test_each_keeps_its_place_and_the_good_ones_are_as_they_would_be_alone(
    repository: dg.RepositoryDefinition, scopes: dict[str, Scope]
) -> None:
    alone = build_defs([scopes["elm"]]).get_repository_def()
    expected = things_of(alone, "elm")
    assert {"bulk_sync", "nightly", "sync_results"} <= expected
    for slug in (*GOOD, *SLUGS.values(), "same_1", "same_2"):
        assert things_of(repository, slug) == expected, slug
    for slug in GOOD:
        assert scopes[slug].problem is None
        assert len(night_of(repository, slug)) == 1


def night_of(repository: dg.RepositoryDefinition, slug: str) -> list[dg.RunRequest]:
    """What the company's nightly tick asks for. Raises what the tick says."""
    schedule = repository.get_schedule_def(f"nightly__{slug}")
    context = dg.build_schedule_context(scheduled_execution_time=AT, repository_def=repository)
    return list(schedule.evaluate_tick(context).run_requests or [])


@pytest.mark.parametrize("name", [name for name, breakage in BREAKAGES.items() if not breakage.when_read])
def test_its_night_fails_with_the_sentence(repository: dg.RepositoryDefinition, name: str) -> None:
    with pytest.raises(dg.Failure, match=BREAKAGES[name].said):
        night_of(repository, SLUGS[name])


def test_two_of_the_same_books_push_nothing_by_night(repository: dg.RepositoryDefinition) -> None:
    for slug in ("same_1", "same_2"):
        with pytest.raises(dg.Failure, match="both name the QuickBooks company 99"):
            night_of(repository, slug)


@pytest.mark.parametrize(
    "name",
    [
        "no defs.yaml", "a setting that is none", "its secrets can be read by others",
        "a line of its secrets is none",
    ],
)  # fmt: skip
def test_a_launch_of_it_fails_with_the_sentence(repository: dg.RepositoryDefinition, name: str) -> None:
    """Also what is known only once its variables are read."""
    with dg.DagsterInstance.ephemeral() as instance:
        job = repository.get_job(f"reconcile__{SLUGS[name]}")
        run = job.execute_in_process(instance=instance, raise_on_error=False)
        assert not run.success
        said = [sentence_of(event) for event in run.all_events if event.is_failure]
    assert any(re.search(BREAKAGES[name].said, sentence or "") for sentence in said), said


def test_the_queue_knows_whose_run_it_is_though_the_secrets_cannot_be_read(
    repository: dg.RepositoryDefinition,
) -> None:
    """Which books it is stands in defs.yaml: its runs wait for one another all the same."""
    slug = SLUGS["its secrets can be read by others"]
    assert repository.get_job(f"bulk_sync__{slug}").tags[REALM_TAG].isdigit()
