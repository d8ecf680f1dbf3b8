"""The emulated QuickBooks of the tests: the only place where they start one, and how a running one becomes as new."""

from typing import Any

import requests

from quickbooks_emulator import server
from quickbooks_emulator.server import Emulator


def started(seed: str = "demo", **options: Any) -> Emulator:
    """An emulator in a process of its own, which ends with the block; ``options``: as ``quickbooks_emulator.server.start`` takes them."""
    return server.start(seed=seed, **options)


def as_new(emulator: Emulator, seed: str = "demo") -> Emulator:
    """The company as the seed makes it: no rule, empty log, fresh tokens, real time, every switch at its default. Takes milliseconds."""
    answer = requests.post(f"{emulator.control_url}/reset", json={"seed": seed, "switches": True}, timeout=60)
    answer.raise_for_status()
    return emulator
