"""Dagster's chart (1.13) as far as it writes ``dagster.yaml`` and the settings of a run's job, in plain Python: no chart can be had here.

Written from the chart's templates: configmap-instance.yaml, helpers/instance/*.tpl, and k8sContainerContext of the user deployments.
"""

from collections.abc import Mapping
from typing import Any

from rentaxis_pipelines.settings.shipped import DEPLOY
from rentaxis_pipelines_tests.production.reading import one_yaml

RELEASE, NAMESPACE = "dagster", "rentaxis"
Section = Mapping[str, Any]


def values() -> dict[str, Any]:
    return one_yaml(DEPLOY / "helm-values.yaml")


def instance(chosen: Section) -> dict[str, Any]:
    """The content of dagster.yaml that the chart makes of the values."""
    storage = {"config": _database(chosen["postgresql"])}
    daemon = chosen["dagsterDaemon"]
    assert chosen["computeLogManager"] == {"type": "NoOpComputeLogManager"}
    assert not chosen["retention"]["enabled"]
    assert not any(daemon[name]["enabled"] for name in ("runCoordinator", "runMonitoring", "runRetries"))
    return {
        "scheduler": {"module": "dagster.core.scheduler", "class": "DagsterDaemonScheduler"},
        "schedule_storage": {"module": "dagster_postgres.schedule_storage", "class": "PostgresScheduleStorage"} | storage,
        "run_storage": {"module": "dagster_postgres.run_storage", "class": "PostgresRunStorage"} | storage,
        "event_log_storage": {"module": "dagster_postgres.event_log", "class": "PostgresEventLogStorage"} | storage,
        "run_launcher": _run_launcher(chosen),
        "compute_logs": {"module": "dagster.core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
        "sensors": _threads(daemon["sensors"]),
        "schedules": _threads(daemon["schedules"]),
        "telemetry": {"enabled": chosen["telemetry"]["enabled"]},
        **chosen["additionalInstanceConfig"],
    }  # fmt: skip


def container_context(chosen: Section) -> dict[str, Any]:
    """What the code server tells the launcher about a run's job (DAGSTER_CONTAINER_CONTEXT)."""
    (code,) = chosen["dagster-user-deployments"]["deployments"]
    context = {
        "image_pull_policy": code["image"]["pullPolicy"],
        "env_config_maps": [f"{RELEASE}-dagster-user-deployments-{code['name']}-user-env"],
        "env_secrets": [each["name"] for each in code["envSecrets"]],
        "volume_mounts": code["volumeMounts"],
        "volumes": code["volumes"],
        "resources": code["resources"],
        "namespace": NAMESPACE,
        "service_account_name": f"{RELEASE}-dagster-user-deployments-user-deployments",
        "run_k8s_config": {"pod_spec_config": {"automount_service_account_token": True}},
    }
    return {"k8s": context}


def _database(postgresql: Section) -> dict[str, Any]:
    database = {
        "username": postgresql["postgresqlUsername"],
        "password": {"env": "DAGSTER_PG_PASSWORD"},
        "hostname": postgresql["postgresqlHost"],
        "db_name": postgresql["postgresqlDatabase"],
        "port": postgresql["service"]["port"],
        "params": postgresql["postgresqlParams"],
        "scheme": postgresql["postgresqlScheme"],
    }
    return {"postgres_db": database}


def _run_launcher(chosen: Section) -> dict[str, Any]:
    launcher = chosen["runLauncher"]
    assert launcher["type"] == "K8sRunLauncher"
    settings = launcher["config"]["k8sRunLauncher"]
    job = settings["runK8sConfig"]
    config = {
        "load_incluster_config": settings["loadInclusterConfig"],
        "job_namespace": NAMESPACE,
        "image_pull_policy": settings["imagePullPolicy"],
        "service_account_name": RELEASE,
        "dagster_home": chosen["global"]["dagsterHome"],
        "instance_config_map": f"{RELEASE}-instance",
        "postgres_password_secret": chosen["global"]["postgresqlSecretName"],
        "security_context": settings["securityContext"],
        "run_k8s_config": {"pod_spec_config": job["podSpecConfig"], "job_spec_config": job["jobSpecConfig"]},
    }
    return {"module": "dagster_k8s", "class": "K8sRunLauncher", "config": config}


def _threads(said: Section) -> dict[str, Any]:
    return {"use_threads": said["useThreads"], "num_workers": said["numWorkers"]}
