"""Many small companies in one installation, as the night finds them: who has which books, and what is wrong with three of them.

Here: reading and changing the installation. Not here: starting it (``conftest``), and what is expected of it (the tests).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import requests

from rentaxis_pipelines.demo.small_companies import SmallCompany
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines_bench.launching import REPOSITORY, NotAccepted
from rentaxis_pipelines_tests.e2e.conftest import Running

PERSON = "accountant@example.com"
PARTIES = ("Customer", "Vendor")
TRANSACTIONS = ("Invoice", "Payment", "Purchase", "Bill", "BillPayment")
OBJECTS_OF_A_DAY = 9  # two tenants, two vendors, two invoices, a payment, an expense paid and one owed

_RELOAD = """
mutation Reload($name: String!) {
  reloadRepositoryLocation(repositoryLocationName: $name) {
    __typename
    ... on WorkspaceLocationEntry { locationOrLoadError { __typename ... on PythonError { message } } }
  }
}"""
_LAUNCH = """
mutation LaunchRun($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { id } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
_RUNS = """
query Runs($limit: Int!) {
  runsOrError(limit: $limit) {
    ... on Runs { results { id status jobName creationTime startTime endTime tags { key value } } }
  }
}"""
_ERRORS = """
query Errors($runId: ID!) {
  logsForRun(runId: $runId) {
    ... on EventConnection {
      events { ... on ExecutionStepFailureEvent { error { message } } ... on RunFailureEvent { message } }
    }
  }
}"""
_JOBS = """
query Jobs($selector: RepositorySelector!) {
  repositoryOrError(repositorySelector: $selector) { ... on Repository { jobs { name } } }
}"""


@dataclass(frozen=True)
class Installation:
    """``companies``: those that work. ``broken``: those that do not, by what is wrong: database, token, mapping.

    ``spare``: a company with records and books that has no folder yet.
    """

    running: Running
    day: str
    companies: Sequence[SmallCompany]
    broken: Mapping[str, SmallCompany]
    spare: SmallCompany

    @property
    def everyone(self) -> list[SmallCompany]:
        """All that have a folder."""
        return [*self.companies, *self.broken.values()]

    @property
    def folder(self) -> Path:
        """The folder of companies."""
        return Path(self.running.stack.environment["RENTAXIS_COMPANIES_FOLDER"])

    def change_settings(self, company: SmallCompany, pattern: str, replacement: str) -> None:
        """Edit the company file, once, as a person does."""
        file = self.folder / company.slug / "company.yaml"
        text, changed = re.subn(pattern, replacement, file.read_text(), count=1, flags=re.MULTILINE)
        assert changed, pattern
        file.write_text(text)

    def reload(self) -> None:
        """Press "Reload" beside the code location."""
        name = REPOSITORY["repositoryLocationName"]
        answer = self.running.ask(_RELOAD, {"name": name})["reloadRepositoryLocation"]
        if answer.get("locationOrLoadError", {}).get("__typename") != "RepositoryLocation":
            raise NotAccepted(f"The code location was not reloaded: {answer}")

    def launch(self, company: SmallCompany, job: str = "bulk_sync") -> str:
        """Launch the company's job for the day from its page; returns the run's id."""
        tags = {"dagster/partition": self.day, "requested_by": PERSON}
        parameters = {
            "selector": {**REPOSITORY, "jobName": f"{job}__{company.slug}"},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        answer = self.running.ask(_LAUNCH, {"parameters": parameters})["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise NotAccepted(f"The run was not launched: {answer}")
        return answer["run"]["id"]

    def runs(self) -> list[dict[str, Any]]:
        """All runs there are, their tags as a mapping."""
        runs = self.running.ask(_RUNS, {"limit": 1_000})["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in runs]

    def jobs(self) -> set[str]:
        """The names of the jobs that the UI shows."""
        found = self.running.ask(_JOBS, {"selector": REPOSITORY})["repositoryOrError"]["jobs"]
        return {job["name"] for job in found}

    def why(self, run_id: str) -> str:
        """What the run's page says of its failure."""
        events = self.running.ask(_ERRORS, {"runId": run_id})["logsForRun"]["events"]
        return "\n".join(
            event.get("message") or event["error"]["message"]
            for event in events
            if event.get("message") or event.get("error")
        )

    def rows(self, company: SmallCompany) -> list[tuple[str, str, str | None, str | None, str | None]]:
        """Run, status, reason code, reason and remedy of each result of the company."""
        with psycopg.connect(self.running.stack.pipelines_url) as connection:
            return connection.execute(
                "select run_id, status, reason_code, reason, how_to_fix from ledger.row_results where realm = %s",
                [company.realm],
            ).fetchall()

    def control(self, company: SmallCompany, path: str, body: Mapping[str, Any]) -> Any:
        """The emulator's control plane, about the company's books."""
        url = f"{self.running.stack.quickbooks.control_url}/{path}"
        answer = requests.post(url, params={"realm": company.realm}, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def written(self, realm: str) -> dict[tuple[str, str], dict[str, Any]]:
        """What was created in the books of this realm, by entity and id. All books began as the first company's still are."""
        return {
            (entity, number): stored
            for entity in (*PARTIES, *TRANSACTIONS)
            for number, stored in self.running.objects(entity, realm).items()
            if number not in self._seeded(entity)
        }

    def _seeded(self, entity: str) -> set[str]:
        return set(self.running.objects(entity))

    def records(self) -> dict[tuple[str, str], tuple[str, Decimal]]:
        """By marker (type and id), whose each transaction is in RentAxis, by the organization's name, and its amount."""
        statement = """
            select kind, record.id::text, organization.name, amount from (
              select 'invoice' as kind, id, organization_id, total_amount as amount from rentaxis.invoices
              union all select 'payment', id, organization_id, amount from rentaxis.payments
              union all select 'expense', id, organization_id, amount from rentaxis.expenses) record
            join rentaxis.organizations organization on organization.id = record.organization_id"""
        with psycopg.connect(self.running.stack.rentaxis_url) as connection:
            rows = connection.execute(statement.encode()).fetchall()
        return {(kind, number): (name, amount) for kind, number, name, amount in rows}


def foreign_objects(installation: Installation, company: SmallCompany) -> list[str]:
    """Each object in the company's books that is not its own record, to the cent; empty if every one is."""
    records = installation.records()
    wrong: list[str] = []
    for (entity, number), stored in installation.written(company.realm).items():
        if entity in PARTIES:
            right = stored["DisplayName"].endswith(f" of {company.name}")
        else:
            marked = parse_marker(stored.get("PrivateNote"))
            right = records.get(marked or ("", "")) == (company.name, Decimal(str(stored["TotalAmt"])))
        if not right:
            wrong.append(f"{company.slug}: {entity} {number}: {json.dumps(stored, default=str)}")
    return wrong
