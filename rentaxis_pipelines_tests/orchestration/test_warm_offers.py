"""Offering a run to the warm process: whoever writes the first answer decides, so that a run is begun once and never forgotten.

Real Postgres, Dagster's own coordinator and storage; the warm process is played by a connection, as its other end sees it.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.test_utils import create_run_for_test  # Dagster has no public way to make a run record
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from rentaxis_pipelines.orchestration import warm_keeper, warm_offers
from rentaxis_pipelines.orchestration.coordinator import QueueOrAtOnce
from rentaxis_pipelines.orchestration.names import REALM_TAG
from rentaxis_pipelines.orchestration.run_lock import storage_of
from rentaxis_pipelines.orchestration.warm_offers import DECLINED, TAKEN, Offer

MODULE = "rentaxis_pipelines.definitions"
REALM = {REALM_TAG: "4620816365"}


@dg.job(name="push_record__elm")
def push_record() -> None:
    pass


@dg.job(name="bulk_sync__elm")
def bulk_sync() -> None:
    pass


@pytest.fixture(autouse=True)
def nothing_else_under_way(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(warm_keeper.VARIABLE, "off")
    yield
    for run in instance.get_runs():
        instance.delete_run(run.run_id)


def new_run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition = push_record,
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.NOT_STARTED,
    **tags: str,
) -> dg.DagsterRun:
    pointer = ModuleCodePointer(MODULE, "defs")
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name=MODULE), location_name="here")
    return create_run_for_test(
        instance,
        job_name=job.name,
        tags={**REALM, **tags},
        status=status,
        job_code_origin=JobPythonOrigin(job.name, RepositoryPythonOrigin("python", pointer)),
        remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job.name),
    )


def address(instance: dg.DagsterInstance) -> str:
    storage = storage_of(instance)
    assert storage is not None
    return storage.postgres_url.replace("+psycopg2", "")


Answer = Callable[[psycopg.Connection, Offer], object]


@contextmanager
def somebody_warm(instance: dg.DagsterInstance, answer: Answer) -> Iterator[list[Offer]]:
    """A warm process that answers every offer so; yields the offers."""
    heard: list[Offer] = []
    ended = threading.Event()
    with psycopg.connect(address(instance), autocommit=True) as connection:
        assert warm_offers.take_place(connection)

        def listen() -> None:
            while not ended.is_set():
                for told in list(connection.notifies(timeout=0.05)):
                    offer = Offer.read(told.payload)
                    assert offer is not None
                    heard.append(offer)
                    answer(connection, offer)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            ended.set()
            thread.join()
            # Postgres notices only a moment later that a connection was closed; the next one wants the place.
            connection.execute("select pg_advisory_unlock_all()")


def taken(connection: psycopg.Connection, offer: Offer) -> None:
    assert warm_offers.answered(connection, offer, TAKEN)


def declined(connection: psycopg.Connection, offer: Offer) -> None:
    assert warm_offers.answered(connection, offer, DECLINED)


def silent(_connection: psycopg.Connection, _offer: Offer) -> None:
    pass


def submitted(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    coordinator = instance.run_coordinator
    assert isinstance(coordinator, QueueOrAtOnce)
    # A run of the queue is only stored there; the workspace is not looked at.
    return coordinator.submit_run(SubmitRunContext(run, workspace=None)).status  # pyright: ignore[reportArgumentType]


def left_in(instance: dg.DagsterInstance) -> int:
    with psycopg.connect(address(instance)) as connection:
        (count,) = connection.execute(
            "select count(*) from kvs where key like 'rentaxis_pipelines offer %'"
        ).fetchone()  # type: ignore[misc]
    return count


def test_a_run_that_is_taken_is_in_no_queue(instance: dg.DagsterInstance) -> None:
    run = new_run(instance)
    with somebody_warm(instance, taken) as heard:
        assert submitted(instance, run) is dg.DagsterRunStatus.NOT_STARTED  # the warm process begins it
    assert [(offer.run_id, offer.job, offer.module) for offer in heard] == [
        (run.run_id, "push_record__elm", MODULE)
    ]
    assert left_in(instance) == 0


@pytest.mark.parametrize("answer", [declined, silent])
def test_a_run_that_nobody_takes_is_queued(instance: dg.DagsterInstance, answer: Answer) -> None:
    with somebody_warm(instance, answer):
        assert submitted(instance, new_run(instance)) is dg.DagsterRunStatus.QUEUED


def test_an_answer_that_comes_too_late_does_not_count(instance: dg.DagsterInstance) -> None:
    """It was withdrawn and queued; were it taken now, it would run twice."""
    with somebody_warm(instance, silent) as heard:
        submitted(instance, new_run(instance))
    (offer,) = heard
    with psycopg.connect(address(instance), autocommit=True) as connection:
        assert not warm_offers.answered(connection, offer, TAKEN)
        assert not warm_offers.answered(connection, offer._replace(at=offer.at - 3_600), TAKEN)


def test_without_a_warm_process_it_is_queued_at_once(instance: dg.DagsterInstance) -> None:
    assert not warm_offers.is_there(instance)
    assert submitted(instance, new_run(instance)) is dg.DagsterRunStatus.QUEUED
    with somebody_warm(instance, taken):
        assert warm_offers.is_there(instance)
    assert not warm_offers.is_there(instance)


def test_only_one_process_is_the_warm_one(instance: dg.DagsterInstance) -> None:
    with somebody_warm(instance, taken), psycopg.connect(address(instance), autocommit=True) as other:
        assert not warm_offers.take_place(other)


def test_a_long_run_is_offered_to_nobody(instance: dg.DagsterInstance) -> None:
    with somebody_warm(instance, taken) as heard:
        assert submitted(instance, new_run(instance, bulk_sync)) is dg.DagsterRunStatus.QUEUED
    assert heard == []


@pytest.mark.parametrize(
    "status",
    [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING],
)  # fmt: skip
def test_behind_another_run_of_the_company_it_is_queued(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    new_run(instance, bulk_sync, status)
    with somebody_warm(instance, taken) as heard:
        assert submitted(instance, new_run(instance)) is dg.DagsterRunStatus.QUEUED
        assert heard == []
        other = new_run(instance, **{REALM_TAG: "another"})
        assert submitted(instance, other) is dg.DagsterRunStatus.NOT_STARTED


def test_as_many_runs_at_once_as_the_settings_say(instance: dg.DagsterInstance) -> None:
    for number in range(3):  # dagster.yaml
        new_run(instance, bulk_sync, dg.DagsterRunStatus.STARTED, **{REALM_TAG: str(number)})
    with somebody_warm(instance, taken):
        assert submitted(instance, new_run(instance)) is dg.DagsterRunStatus.QUEUED


def test_what_is_no_offer_is_passed_over() -> None:
    assert Offer.read("nonsense") is None
    assert Offer.read(json.dumps({"run_id": "1"})) is None
    assert Offer.read("[]") is None


@pytest.mark.parametrize("word", ["off", "OFF", "no", "false", "0"])
def test_it_can_be_switched_off(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv(warm_keeper.VARIABLE, "")
    assert warm_keeper.is_wanted(instance)
    monkeypatch.setenv(warm_keeper.VARIABLE, word)
    assert not warm_keeper.is_wanted(instance)
