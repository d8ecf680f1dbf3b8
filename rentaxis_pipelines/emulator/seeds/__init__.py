"""Companies to start from. A seed is a function that fills an empty company; `plant` picks it by name."""

from rentaxis_pipelines.emulator.clock import Clock
from rentaxis_pipelines.emulator.company import Company, Profile
from rentaxis_pipelines.emulator.seeds import demo
from rentaxis_pipelines.emulator.switches import Switches

SEEDS = ("demo", "recorded", "empty")
REALM = "9130357559900001"


def plant(seed: str, clock: Clock, switches: Switches) -> Company:
    """A new company. Raises ValueError for an unknown seed."""
    if seed not in SEEDS:
        raise ValueError(f"unknown seed {seed!r}: choose one of {', '.join(SEEDS)}")
    company = Company(Profile(realm=REALM), clock, switches)
    if seed == "empty":
        demo.found(company, "Empty Company")
    else:
        demo.fill(company)
    company.rebuild()
    company.store.take_changes()
    return company
