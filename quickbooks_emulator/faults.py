"""Faults on demand: rules that make calls fail in a chosen way."""

import random
import re
from typing import Annotated, Any, Literal

import msgspec

from quickbooks_emulator import errors, on_demand

_NAME, _VALUE = re.compile(r"[A-Za-z0-9_-]+"), re.compile(r"[\x20-\x7e]*")


class Rule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which calls, and what happens to them.

    A call matches if every given selector does. `operation` is create, update, delete, void, query, read,
    cdc, batch, upload or token; for a batch, `entity` matches if any item is of it. Of the matching calls the
    rule hits the `nth` and the `times` - 1 after it (times 0: all after it), each with `probability` (from
    `seed`).

    Actions: lose_answer (committed, connection cut), reset (cut before anything), delay (`seconds`, then as
    usual), answer (`code` of a known fault, or `status`, `body`, `headers`, instead of doing it; with commit
    true it is done first), drop_items and reorder_items (`items`: positions in a batch answer; reorder:
    reversed if empty), fault_items (the `items` are not done, and answered with `code`, or `body` as their
    Fault), late (committed, reads see it only after `seconds`).
    """

    action: Literal[
        "lose_answer", "reset", "delay", "answer", "drop_items", "reorder_items", "fault_items", "late"
    ]
    entity: str | None = None
    operation: str | None = None
    path: str | None = None  # a piece of the path
    contains: str | None = None  # a piece of the request's body
    nth: Annotated[int, msgspec.Meta(ge=1)] = 1
    times: Annotated[int, msgspec.Meta(ge=0)] = 1
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    seed: int = 0
    seconds: Annotated[float, msgspec.Meta(ge=0, le=10**6)] = 0.0
    code: str | None = None
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 500
    body: Any = ""
    headers: dict[str, str] = {}
    commit: bool = False
    items: list[int] = []

    def __post_init__(self) -> None:
        known = [*on_demand.ON_DEMAND, *on_demand.OUTAGES]
        if self.code is not None and self.code not in known:
            raise ValueError(f"code {self.code!r} is not one of {', '.join(known)}")
        if self.action == "fault_items" and self.code in on_demand.OUTAGES:
            raise ValueError(f"code {self.code!r} is the answer to a whole call, not to an item of a batch")
        for name, value in self.headers.items():
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise ValueError(f"{name!r} is not a header that can be sent")

    def item_fault(self) -> Any:
        """The Fault of an item that the rule makes fail."""
        if self.code is None:
            return self.body
        refusal = on_demand.ON_DEMAND[self.code]()
        if isinstance(refusal, on_demand.GatewayRefusal):
            refusal = errors.Refusal(
                [errors.entry(refusal.code, refusal.message, refusal.detail or "")], refusal.kind
            )
        return refusal.fault(in_batch=True)


class Faults:
    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._seen: list[int] = []
        self._hits: list[int] = []
        self._dice: list[random.Random] = []

    def replace(self, rules: list[Rule]) -> None:
        self.rules = []
        self._seen, self._hits, self._dice = [], [], []
        self.add(rules)

    def add(self, rules: list[Rule]) -> None:
        for rule in rules:
            self.rules.append(rule)
            self._seen.append(0)
            self._hits.append(0)
            self._dice.append(random.Random(rule.seed))

    def state(self) -> list[dict[str, Any]]:
        return [
            {**msgspec.to_builtins(rule), "seen": seen, "hits": hits}
            for rule, seen, hits in zip(self.rules, self._seen, self._hits, strict=True)
        ]

    def strike(self, entities: set[str], operation: str, path: str, body: bytes) -> Rule | None:
        """The first rule that applies to this call; every matching rule counts it."""
        struck: Rule | None = None
        for index, rule in enumerate(self.rules):
            if not _matches(rule, entities, operation, path, body):
                continue
            self._seen[index] += 1
            over = rule.times and self._seen[index] >= rule.nth + rule.times
            if self._seen[index] < rule.nth or over or self._dice[index].random() >= rule.probability:
                continue
            if struck is None:
                struck = rule
                self._hits[index] += 1
        return struck


def _matches(rule: Rule, entities: set[str], operation: str, path: str, body: bytes) -> bool:
    return (
        (rule.entity is None or rule.entity.lower() in entities)
        and (rule.operation is None or rule.operation == operation)
        and (rule.path is None or rule.path in path)
        and (rule.contains is None or rule.contains.encode() in body)
    )
