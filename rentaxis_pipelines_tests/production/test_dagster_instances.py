"""Each variant of ``dagster.yaml``, loaded by Dagster on a real Postgres, with the launcher that it names; and the job that the one for
Kubernetes asks a cluster for.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.test_utils import create_run_for_test
from dagster_docker import DockerRunLauncher
from dagster_k8s import K8sRunLauncher

from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.orchestration.dagster_home import home_problems
from rentaxis_pipelines.orchestration.launcher import WatchedRunLauncher
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE, DEPLOY
from rentaxis_pipelines_tests.production import chart, compose
from rentaxis_pipelines_tests.production.reading import one_yaml

DOCKER, KUBERNETES = DEPLOY / "dagster" / "docker.yaml", DEPLOY / "dagster" / "kubernetes.yaml"
IMAGE = "registry.example.com/rentaxis-code:1"


@pytest.fixture(autouse=True)
def dagster_variables(postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the files read about Dagster's database; its name is returned."""
    name = database.rsplit("/", 1)[1]
    values = {
        "HOST": postgres.hostname,
        "PORT": str(postgres.port),
        "USERNAME": postgres.username,
        "PASSWORD": postgres.password,
        "DB": name,
    }
    for variable, value in values.items():
        monkeypatch.setenv(f"DAGSTER_PG_{variable}", value)
    return name


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A Kubernetes API that takes whatever is created, and what it was told: the path, and the object."""
    created: list[tuple[str, Any]] = []

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["content-length"])))
            created.append((self.path, content))
            answer = json.dumps(content).encode()
            self.send_response(201)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", created
        server.shutdown()


def test_the_home_of_one_machine_loads(tmp_path: Path) -> None:
    shutil.copyfile(DAGSTER_FILE, tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.run_launcher, WatchedRunLauncher)
        assert instance.run_launcher.supports_check_run_worker_health
        assert _runs_at_once(instance) == 3
        assert instance.get_runs_count() == 0


def test_the_home_of_a_docker_host_loads_and_may_be_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real launcher; nothing is written beside ``dagster.yaml``, so ``check`` does not ask that it can be."""
    shutil.copyfile(DOCKER, tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        launcher = instance.run_launcher
        assert isinstance(launcher, DockerRunLauncher)
        assert launcher.supports_check_run_worker_health
        assert isinstance(instance.compute_log_manager, NoOpComputeLogManager)
        assert _runs_at_once(instance) == 6
        assert _starts_side_by_side(instance) == 4
        assert instance.run_monitoring_max_resume_run_attempts == 0
        assert instance.get_runs_count() == 0
    assert [each.name for each in tmp_path.iterdir()] == ["dagster.yaml"]
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setattr("os.access", lambda path, mode: mode & 2 == 0)  # root may write everywhere
    assert list(home_problems()) == []


def test_a_home_in_which_output_is_kept_has_to_be_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(DAGSTER_FILE, tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setattr("os.access", lambda path, mode: mode & 2 == 0)
    (problem,) = home_problems()
    assert problem.stops
    assert "is not writable" in problem.text


def test_the_home_of_a_cluster_loads_and_asks_for_a_job_that_may_write_nothing(
    tmp_path: Path, postgres: Server, dagster_variables: str, cluster: tuple[str, list[tuple[str, Any]]]
) -> None:
    """Changed are the addresses alone: of the database, and of the Kubernetes API, which is not asked from inside a cluster here."""
    url, created = cluster
    content = one_yaml(KUBERNETES)
    for storage in ("schedule_storage", "run_storage", "event_log_storage"):
        content[storage] = {
            **content[storage],
            "config": _here(content[storage], postgres, dagster_variables),
        }
    content["run_launcher"]["config"] |= {"load_incluster_config": False, "kubeconfig_file": str(_kubeconfig(tmp_path, url))}  # fmt: skip
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(yaml.safe_dump(content))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        launcher = instance.run_launcher
        assert isinstance(launcher, K8sRunLauncher)
        assert launcher.supports_check_run_worker_health
        assert _runs_at_once(instance) == 25
        assert _starts_side_by_side(instance) == 8
        assert instance.run_monitoring_max_resume_run_attempts == 0
        assert instance.run_retries_max_retries == 1
        run = create_run_for_test(instance, job_name="bulk_sync", job_code_origin=_origin())
        launcher.launch_run(LaunchRunContext(run, workspace=None))
    ((path, job),) = created
    assert path == f"/apis/batch/v1/namespaces/{chart.NAMESPACE}/jobs"
    _may_write_nothing(job["spec"]["template"]["spec"])
    assert [each.name for each in home.iterdir()] == ["dagster.yaml"]


def _may_write_nothing(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["image"] == IMAGE
    assert container["args"][:3] == ["dagster", "api", "execute_run"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert str(pod["securityContext"]["runAsUser"]) == compose.image("code").user.split(":")[0]
    assert pod["terminationGracePeriodSeconds"] == 180
    assert {"secretRef": {"name": "rentaxis-environment"}} in container["envFrom"]
    places = {one["mountPath"]: one.get("readOnly", False) for one in container["volumeMounts"]}
    assert places["/srv/companies"] is True
    assert places["/tmp"] is False
    named = {one["name"] for one in pod["volumes"]}
    assert {one["name"] for one in container["volumeMounts"]} == named


def _origin() -> JobPythonOrigin:
    """What the code server of the chart says about a job."""
    repository = RepositoryPythonOrigin(
        executable_path="python",
        entry_point=["dagster"],
        code_pointer=ModuleCodePointer("rentaxis_pipelines.definitions", "defs", working_directory=None),
        container_image=IMAGE,
        container_context=chart.container_context(chart.values()),
    )
    return JobPythonOrigin("bulk_sync", repository)


def _here(storage: dict[str, Any], postgres: Server, name: str) -> dict[str, Any]:
    place = {
        "hostname": postgres.hostname,
        "port": postgres.port,
        "username": postgres.username,
        "db_name": name,
    }
    return {"postgres_db": {**storage["config"]["postgres_db"], **place}}


def _kubeconfig(folder: Path, url: str) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "nobody"}}],
        "clusters": [{"name": "here", "cluster": {"server": url}}],
        "users": [{"name": "nobody", "user": {}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(content))
    return file


def _runs_at_once(instance: dg.DagsterInstance) -> int:
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    (limit,) = queue.tag_concurrency_limits
    assert limit == {"key": "quickbooks/realm", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
    return queue.max_concurrent_runs


def _starts_side_by_side(instance: dg.DagsterInstance) -> int | None:
    coordinator = instance.run_coordinator
    assert isinstance(coordinator, QueuedRunCoordinator)
    assert coordinator.dequeue_use_threads
    return coordinator.dequeue_num_workers
