"""Companies to start from. A seed fills an empty company; `plant` picks it by name."""

from decimal import Decimal

import msgspec

from quickbooks_emulator.clock import Clock
from quickbooks_emulator.company import Company, Profile
from quickbooks_emulator.seeds import demo, recorded
from quickbooks_emulator.switches import Switches

SEEDS = ("demo", "recorded", "empty")
REALM = "9130357992221046"


def plant(seed: str, clock: Clock, switches: Switches, realm: str = REALM) -> Company:
    """A new company. Raises ValueError for an unknown seed."""
    if seed not in SEEDS:
        raise ValueError(f"unknown seed {seed!r}: choose one of {', '.join(SEEDS)}")
    company = Company(
        recorded.profile(realm) if seed == "recorded" else Profile(realm=realm), clock, switches
    )
    match seed:
        case "demo":
            demo.fill(company)
        case "recorded":
            recorded.fill(company, msgspec.json.Decoder(float_hook=Decimal).decode(recorded.read()))
        case _:
            demo.set_up(company, "Empty Company")
    company.rebuild()
    company.store.take_changes()
    return company
