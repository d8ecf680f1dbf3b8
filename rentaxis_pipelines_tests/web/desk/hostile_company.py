"""A company whose every name, number and memo is a text that wants to do harm, with a ledger full of them: pushed, previewed, decided, proven.

The engine does it in this process, between a RentAxis database and the emulated QuickBooks. Not here: the texts (``e2e.hostile``), how
they get into the records (``e2e.planting``), and what the desk makes of them.
"""

import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.model.sync_request import SyncRequest, UndoneRun, over
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.sync.decisions import DecisionRequest, decide
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines_tests.e2e import hostile, planting
from rentaxis_pipelines_tests.support.chain import Chain


@dataclass(frozen=True)
class _Stack:
    rentaxis_url: str
    quickbooks: Emulator


@dataclass(frozen=True)
class _Books:
    """What ``planting`` writes to."""

    stack: _Stack

    def objects(self, entity: str) -> dict[str, dict[str, Any]]:
        answer = requests.get(f"{self.stack.quickbooks.control_url}/objects", {"entity": entity}, timeout=30)
        answer.raise_for_status()
        return {one["Id"]: one for one in json.loads(answer.text, parse_float=Decimal)}


def fill(chain: Chain, attacks: list[hostile.Attack]) -> None:
    """Everything that leaves a text in the ledger: a push, edits in QuickBooks, a decision, a plan and an undo that wait, a proof."""
    books = _Books(_Stack(chain.environment.rentaxis_database_url.get_secret_value(), chain.quickbooks))
    planting.plant(books, attacks)
    days = over(attacks[0].day, attacks[-1].day)
    person = attacks[0].text
    with chain.engine(days=days, confirm_unusual=True, requested_by=person) as engine:
        engine.sync()
        pushed = engine.run.run_id
    planting.edit_in_quickbooks(books, attacks)
    with chain.engine(requested_by=person) as engine:
        run = engine.run
        left_out = DecisionRequest(
            kind="exclude", source_type="payment", source_id=str(hostile.decided(attacks[0])), quickbooks_id=None,
            why=attacks[1].text, who=person,
        )  # fmt: skip
        decide(run.connection, run.realm, left_out, run.now())
        reconcile(run, chain.environment, context_of(run, chain.company))
    for asked in (
        SyncRequest(days=days, force=True, preview=True, requested_by=person),
        SyncRequest(undo=UndoneRun(run_id=pushed), preview=True, requested_by=person),
    ):
        with open_engine(chain.environment, chain.company, asked, run_id=uuid.uuid4().hex) as engine:
            engine.sync()
