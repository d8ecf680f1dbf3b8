"""What ``deploy/`` holds, as far as it can be looked at without Docker, systemd or a cluster: by each tool's own validator, and against each
other. ``test_containers`` starts what the files say.
"""

import getpass
import re
import shutil
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes.client
import pytest
from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict

from rentaxis_pipelines.settings.environment import ENVIRONMENT_MODELS
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE, DEPLOY, ROOT
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines_tests.production import chart, compose
from rentaxis_pipelines_tests.production.reading import every_yaml, one_yaml

BIN = Path(sys.executable).parent
DOCKER, KUBERNETES = DEPLOY / "dagster" / "docker.yaml", DEPLOY / "dagster" / "kubernetes.yaml"
KINDS = {
    "PersistentVolumeClaim": kubernetes.client.V1PersistentVolumeClaim,
    "Deployment": kubernetes.client.V1Deployment,
    "Service": kubernetes.client.V1Service,
    "NetworkPolicy": kubernetes.client.V1NetworkPolicy,
    "Job": kubernetes.client.V1Job,
}
MANIFESTS = [
    each for name in ("kubernetes.yaml", "kubernetes-migrate.yaml") for each in every_yaml(DEPLOY / name)
]
FILLED_IN = {"DOCKER_GROUP": "998", "POSTGRES_PASSWORD": "one", "PIPELINES_DATABASE_PASSWORD": "two"}


def test_the_dockerfile_passes_hadolint() -> None:
    _passes(BIN / "hadolint", DEPLOY / "Dockerfile")


def test_the_compose_file_is_what_its_specification_allows() -> None:
    """The schema of the Compose specification, strict about unknown keys."""
    _passes(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd's own validator is not installed"
)
def test_the_units_pass_systemds_own_look(tmp_path: Path) -> None:
    """As ``rentaxis-sync init`` writes them; a key in the wrong section, a value it cannot read, a program that is not there: all are said."""
    values = {"folder": str(tmp_path), "programs": str(BIN), "user": getpass.getuser(), "secret_key": "a key"}
    units = [tmp_path / file.name for file in sorted((DEPLOY / "systemd").glob("*.service"))]
    for unit in units:
        unit.write_text(string.Template((DEPLOY / "systemd" / unit.name).read_text()).substitute(values))
    looked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True,
        text=True,
        check=False,
    )
    about_ours = [line for line in (looked.stdout + looked.stderr).splitlines() if "rentaxis-" in line]
    assert about_ours == []
    assert len(units) == 3


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: one["kind"])
def test_every_manifest_is_what_kubernetes_knows(manifest: dict[str, Any]) -> None:
    """Strict: a key that its kind does not have, or one of another type, is refused; so is one that is missing."""
    kind = KINDS[manifest["kind"]]
    assert k8s_model_from_dict(kind, k8s_snake_case_dict(kind, manifest))


def test_nothing_in_a_cluster_runs_as_root_or_writes_its_file_system() -> None:
    pods = [one["spec"]["template"]["spec"] for one in MANIFESTS if "template" in one["spec"]]
    values = chart.values()
    (code,) = values["dagster-user-deployments"]["deployments"]
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    contexts = [
        (pod["securityContext"], container["securityContext"])
        for pod in pods
        for container in pod["containers"]
    ]
    contexts += [
        (part["podSecurityContext"], part["securityContext"]) for part in (code, values["dagsterDaemon"])
    ]
    contexts += [(launcher["runK8sConfig"]["podSpecConfig"]["securityContext"], launcher["securityContext"])]
    assert len(contexts) == 5
    for pod, container in contexts:
        assert pod["runAsNonRoot"] is True
        assert str(pod["runAsUser"]) == compose.image("code").user.split(":")[0]
        assert container == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }


def test_no_container_runs_as_root_or_writes_its_file_system() -> None:
    """But Postgres', whose image is not ours. The containers of runs are the launcher's."""
    for target in ("code", "host"):
        assert compose.image(target).user == "10001:10001"
    services = compose.composed(FILLED_IN)["services"]
    runs = one_yaml(DOCKER)["run_launcher"]["config"]["container_kwargs"]
    for contained in (*(one for name, one in services.items() if name != "postgres"), runs):
        assert contained["user"] == "10001:10001"
        assert contained["read_only"] is True
        assert contained["cap_drop"] == ["ALL"]
        assert contained["security_opt"] == ["no-new-privileges:true"]
        assert contained["init"] is True


def test_what_the_launcher_gives_to_a_run_is_there() -> None:
    """Network and volume by the names of compose.yaml; every variable from a line of the example, or the daemon could start no run."""
    content = compose.composed(FILLED_IN)
    launcher = one_yaml(DOCKER)["run_launcher"]["config"]
    assert launcher["network"] in {one["name"] for one in content["networks"].values()}
    volumes = {one["name"] for one in content["volumes"].values()}
    assert {each.split(":")[0] for each in launcher["container_kwargs"]["volumes"]} <= volumes
    assert set(launcher["env_vars"]) <= compose.example("environment.example").keys()


def test_a_run_in_a_container_is_given_every_variable_that_a_company_shares_and_needs() -> None:
    """What the settings require, but for what each company's folder says."""
    required = {
        name.upper()
        for model in ENVIRONMENT_MODELS
        for name, field in model.model_fields.items()
        if field.is_required()
    }
    own = {"RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID", "RENTAXIS_COMPANY_FILE"}
    assert required - own <= set(one_yaml(DOCKER)["run_launcher"]["config"]["env_vars"])


def test_every_variable_of_the_examples_is_one_that_somebody_reads() -> None:
    read = {name.upper() for model in (*ENVIRONMENT_MODELS, WebSettings) for name in model.model_fields}
    read |= set(re.findall(r"env: (\w+)", DAGSTER_FILE.read_text()))
    assert compose.example("environment.example").keys() <= read
    assert compose.example(".env.example").keys() == set(
        re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text())
    )


def test_the_cluster_and_the_docker_host_keep_to_the_rules_of_one_machine() -> None:
    """How many pushes to a company at once, which run is started again, how long one may take: the same everywhere."""
    one_machine, docker, cluster = (one_yaml(file) for file in (DAGSTER_FILE, DOCKER, KUBERNETES))
    limits = one_machine["concurrency"]["runs"]["tag_concurrency_limits"]
    assert docker["storage"] == one_machine["storage"]
    for variant in (docker, cluster):
        for section in ("run_retries", "freshness", "retention", "telemetry", "nux"):
            assert variant[section] == one_machine[section]
        assert variant["concurrency"]["runs"]["tag_concurrency_limits"] == limits
        queue = one_machine["run_coordinator"][
            "config"
        ]  # there the run of one record goes past it; here each is a container
        assert variant["run_queue"].keys() == queue.keys()
        for key, value in queue.items():
            assert variant["run_queue"][key] == value or key == "dequeue_num_workers"
        monitoring = variant["run_monitoring"]
        assert monitoring["max_runtime_seconds"] == one_machine["run_monitoring"]["max_runtime_seconds"]
        assert monitoring["poll_interval_seconds"] <= 30  # freed within two minutes
        for key in ("start_timeout_seconds", "cancel_timeout_seconds"):
            assert monitoring[key] >= one_machine["run_monitoring"][key]


def test_the_instance_of_the_cluster_is_what_the_chart_makes_of_the_values() -> None:
    assert chart.instance(chart.values()) == one_yaml(KUBERNETES)


def test_values_and_manifests_name_the_same_things() -> None:
    """Images, secrets, volumes, the home and the workspace: what one creates, the other uses."""
    values = chart.values()
    (code,) = values["dagster-user-deployments"]["deployments"]
    images = {f"{one['repository']}:{one['tag']}" for one in (values["dagsterDaemon"]["image"], values["dagsterWebserver"]["image"])}  # fmt: skip
    claims = {one["metadata"]["name"] for one in MANIFESTS if one["kind"] == "PersistentVolumeClaim"}
    home = values["global"]["dagsterHome"]
    assert home == compose.image("host").environment["DAGSTER_HOME"]
    (server,) = values["dagsterWebserver"]["workspace"]["servers"]
    assert (server["host"], server["port"]) == (code["name"], code["port"])
    assert (
        server["name"]
        == one_yaml(DEPLOY / "dagster" / "workspace.yaml")["load_from"][0]["grpc_server"]["location_name"]
    )
    for manifest in MANIFESTS:
        if "template" in manifest["spec"]:
            pod = manifest["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            assert {container["image"]} == images
            assert container["envFrom"] == [{"secretRef": one} for one in code["envSecrets"]]
            used = {
                one["persistentVolumeClaim"]["claimName"]
                for one in pod["volumes"]
                if "persistentVolumeClaim" in one
            }
            assert used <= claims
            assert {one["name"] for one in container["volumeMounts"]} == {
                one["name"] for one in pod["volumes"]
            }
    (front_door,) = (one for one in MANIFESTS if one["kind"] == "Deployment")
    (container,) = front_door["spec"]["template"]["spec"]["containers"]
    assert f"{home}/dagster.yaml" in {one["mountPath"] for one in container["volumeMounts"]}
    secrets = [one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"] if "valueFrom" in one]
    assert secrets == [values["global"]["postgresqlSecretName"]]


def test_the_images_hold_nothing_but_what_the_wheel_is_built_from() -> None:
    """Everything is left out, then named: no file of a checkout that holds a secret comes along."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {line.removeprefix("!").split("/")[0] for line in rules if line.startswith("!")}
    assert all((ROOT / name).exists() for name in let_in)
    assert {"**/.env", "**/environment"} <= set(rules)


def _passes(*words: str | Path) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
