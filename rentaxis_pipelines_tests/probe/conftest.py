"""A probe in this process against an emulator of its own: waits move the emulator's clock, and its control plane is the person's hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.probe.catalogue import CATALOGUE
from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.experiment import Experiment
from rentaxis_pipelines.probe.journal import open_journal
from rentaxis_pipelines.probe.redact import Redaction
from rentaxis_pipelines.probe.run import Outcome, run
from rentaxis_pipelines.probe.wire import Wire
from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import RealmAddress
from rentaxis_pipelines.quickbooks.limits import Limits


@dataclass
class Bench:
    """An emulated company and the probe's folder."""

    emulator: Emulator
    folder: Path

    def control(self, what: str, body: Any = None) -> Any:
        url = f"{self.emulator.control_url}/{what}"
        answer = requests.get(url, timeout=30) if body is None else requests.post(url, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counts(self) -> dict[str, int]:
        return {
            name: one["count"]
            for name, one in self.control("counts").items()
            if isinstance(one, dict) and "count" in one
        }

    def wait(self, seconds: float) -> None:
        """Time goes by at the emulator; nobody sleeps."""
        self.control("clock", {"advance": seconds})
        self.control("tokens", {"renew": True})

    def hand(self, deed: str, sentence: str, facts: Mapping[str, str]) -> None:
        """Does what the person is asked for. The facts are those the control plane takes."""
        assert sentence.endswith("."), sentence
        self.control("hand", {"deed": deed, **facts})

    def company(self, checkpoints: Sequence[int] = (1, 10, 60)) -> ProbeCompany:
        emulator = self.emulator
        wire = Wire(
            RealmAddress(emulator.base_url, emulator.realm_id),
            FixedToken(emulator.access_token),
            limits=Limits.off(),
            wait=self.wait,
        )
        journal = open_journal(self.folder, emulator.base_url, emulator.realm_id)
        return ProbeCompany(wire, journal, wait=self.wait, hand=self.hand, checkpoints=checkpoints)

    def probe(self, experiments: Sequence[Experiment] = CATALOGUE, **more: Any) -> Outcome:
        redaction = Redaction(self.emulator.realm_id, "Maple Court Property Management")
        return run(self.company(), experiments, redaction, self.folder, **more)


@pytest.fixture
def bench(quickbooks: Emulator, tmp_path: Path) -> Bench:
    """The demo company as new, every switch at its default, nothing probed yet."""
    return Bench(quickbooks, tmp_path / "probe")


@pytest.fixture
def by_number() -> Callable[[int], Experiment]:
    return {one.number: one for one in CATALOGUE}.__getitem__
