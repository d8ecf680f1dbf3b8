"""Everything that belongs to one company of an emulator: books, clock, tokens, limits, log, rules, request IDs,
switches, snapshots. Two of them share nothing.
"""

import base64
import copy
from decimal import Decimal
from typing import Any

import msgspec

from quickbooks_emulator import seeds
from quickbooks_emulator.clock import Clock
from quickbooks_emulator.company import Company, Profile
from quickbooks_emulator.faults import Faults
from quickbooks_emulator.limits import Limits
from quickbooks_emulator.log import Log
from quickbooks_emulator.oauth import WELL_KNOWN, Tokens, WellKnown
from quickbooks_emulator.replay import Remembered, Replay
from quickbooks_emulator.switches import Switches, changed

encoder = msgspec.json.Encoder(decimal_format="number")
decoder = msgspec.json.Decoder(float_hook=Decimal)


class World:
    def __init__(
        self,
        seed: str,
        switches: dict[str, Any] | None = None,
        realm: str = seeds.REALM,
        well_known: WellKnown = WELL_KNOWN,
    ) -> None:
        """Raises ValueError for an unknown seed, msgspec.ValidationError for a wrong switch."""
        self.seed, self.realm = seed, realm
        self.switches = self.switches_at_start = changed(Switches(), switches or {})
        self.clock = Clock()
        self.limits = Limits(self.clock)
        self.log = Log()
        self.faults = Faults()
        self.replay = Replay()
        self.tokens = Tokens(self.clock, well_known)
        self.snapshots: dict[str, bytes] = {}
        self.company: Company = seeds.plant(seed, self.clock, self.switches, realm)
        self.counted = 0  # calls so far; the log's numbers
        self.generation = 0  # grows when the whole company is replaced or filled from outside

    def switch(self, changes: dict[str, Any]) -> None:
        self.switches = self.company.switches = changed(self.switches, changes)

    def reset(self, seed: str | None = None) -> None:
        """Back to the seed: an empty log, no rules, new tokens, the clock running; switches are kept."""
        self.seed = seed or self.seed
        self.clock.offset, self.clock.frozen = 0.0, None
        self.limits = Limits(self.clock)
        self.log, self.faults, self.replay = Log(), Faults(), Replay()
        self.tokens = Tokens(self.clock, self.tokens.well_known)
        self.company = seeds.plant(self.seed, self.clock, self.switches, self.realm)
        self.generation += 1

    # State as bytes: snapshots, and the parts of it the state file keeps

    def dump(self) -> bytes:
        company = self.company
        state = {
            "profile": msgspec.to_builtins(company.profile),
            "counters": company.counters,
            "objects": {
                name: list(table.rows.values()) for name, table in company.store.tables.items() if table.rows
            },
            "deleted": {name: ids for name, ids in company.store.deleted.items() if ids},
            "replay": {key: self.replay.dumped(key) for key in self.replay.memory},
            "subscription_ended": company.subscription_ended,
            "matched": sorted(company.matched),
            "files": {
                identifier: base64.b64encode(content).decode()
                for identifier, content in company.files.items()
            },
        }
        return encoder.encode(state)

    def load(self, state: bytes) -> None:
        data = decoder.decode(state)
        company = Company(msgspec.convert(data["profile"], Profile), self.clock, self.switches)
        company.counters = dict(data["counters"])
        for entity, records in data["objects"].items():
            for record in records:
                company.store.put(entity, record)
        for entity, ids in data["deleted"].items():
            company.store.deleted[entity] = dict(ids)
        company.subscription_ended = data["subscription_ended"]
        company.matched = {(entity, identifier) for entity, identifier in data.get("matched", ())}
        files: dict[str, str] = data.get("files", {})
        company.files = {identifier: base64.b64decode(content) for identifier, content in files.items()}
        company.rebuild()
        company.store.take_changes()
        self.company = company
        self.generation += 1
        self.replay.memory = {
            key: Remembered(status, answer.encode(), float(at), digest)
            for key, (status, answer, at, digest) in data["replay"].items()
        }

    def resume(self, state: dict[str, Any]) -> None:
        """The clock and the tokens of a state file, after `load`."""
        frozen = state["frozen"]
        self.clock.offset = float(state["offset"])
        self.clock.frozen = None if frozen is None else float(frozen)
        tokens = state["tokens"]
        self.tokens.access = {token: float(dies) for token, dies in tokens["access"].items()}
        self.tokens.refresh = {
            token: {name: None if value is None else float(value) for name, value in facts.items()}
            for token, facts in tokens["refresh"].items()
        }
        self.tokens.own_well_known()

    def snapshot(self, name: str) -> None:
        self.snapshots[name] = self.dump()

    def restore(self, name: str) -> None:
        """Raises KeyError for an unknown name."""
        self.load(self.snapshots[name])

    def counts(self) -> dict[str, Any]:
        """Live objects per entity: number and sum of TotalAmt; and the totals of calls."""
        result: dict[str, Any] = {}
        for name, table in self.company.store.tables.items():
            if table.rows:
                total = sum(
                    (Decimal(record.get("TotalAmt", 0)) for record in table.rows.values()), Decimal(0)
                )
                result[name] = {"count": len(table.rows), "total": f"{total:.2f}"}
        return {**result, **copy.copy(self.log.totals)}
