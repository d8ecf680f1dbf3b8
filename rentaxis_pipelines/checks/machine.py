"""What a run needs from this machine: Dagster's home and variables, the results folder, secrets for notices."""

import tempfile

from rentaxis_pipelines.checks.facts import Facts, company_of
from rentaxis_pipelines.checks.finding import Finding, ok, soon, stops
from rentaxis_pipelines.notices.send import missing_secrets
from rentaxis_pipelines.orchestration.dagster_home import home, home_problems
from rentaxis_pipelines.safety.private_files import private_folder
from rentaxis_pipelines.settings import HeartbeatSecret, NoticeSecrets, load


def company_file(facts: Facts) -> list[Finding]:
    facts.once(company_of)
    return [ok(f"Settings: {facts.environment.rentaxis_company_file} and the environment are complete.")]


def notices(facts: Facts) -> list[Finding]:
    load(HeartbeatSecret, facts.variables)  # raises for an address that a secret must not be sent to
    missing = missing_secrets(facts.once(company_of).notice, load(NoticeSecrets, facts.variables))
    return [stops(f"Notices: {sentence}") for sentence in missing]


def dagster() -> list[Finding]:
    if not home():
        return [
            soon(
                "Dagster: DAGSTER_HOME is not set. Commands still push, but their runs are not kept; the UI and daemon do not start.",
                "Set it to a folder that contains this package's dagster.yaml.",
            )
        ]
    findings = [
        Finding(
            severity="stops" if problem.stops else "soon",
            text=f"Dagster: {problem.text}",
            how_to_fix=problem.how_to_fix,
        )
        for problem in home_problems()
    ]
    return findings or [ok(f"Dagster: {home()} and its database can be used.")]


def results_folder(facts: Facts) -> list[Finding]:
    """Creates the folder if it does not exist, as a run would."""
    folder = facts.environment.pipelines_results_folder
    if folder is None:
        return []
    try:
        with tempfile.TemporaryFile(dir=private_folder(folder)) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
    except OSError as error:
        return [
            stops(
                f"Results: {folder} (PIPELINES_RESULTS_FOLDER) cannot be written ({error.strerror}).",
                "Make this user its owner, name another folder, or leave the variable out.",
            )
        ]
    return [ok(f"Results: {folder} can be written.")]
