"""The emulated QuickBooks of the tests: the only place where they start one (its own tests and the crash harness aside), and how a running one becomes as new."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import requests

from quickbooks_emulator import server
from quickbooks_emulator.server import REALM, Emulator


def started(
    seed: str = "demo",
    state_file: str | Path | None = None,
    switches: dict[str, Any] | None = None,
    realm: str = REALM,
) -> AbstractContextManager[Emulator]:
    """An emulator in a process of its own, which ends with the block."""
    return server.start(seed=seed, state_file=state_file, switches=switches, realm=realm)


def as_new(emulator: Emulator, seed: str = "demo") -> Emulator:
    """The company as the seed makes it: no rule, empty log, fresh tokens, real time, every switch at its default. Takes milliseconds."""
    answer = requests.post(f"{emulator.control_url}/reset", json={"seed": seed, "switches": True}, timeout=60)
    answer.raise_for_status()
    return emulator
