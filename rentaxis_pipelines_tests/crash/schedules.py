"""What the harness tries: kill points one after the other, and seeded random mixtures of faults and kills. Data only."""

import random
from dataclasses import dataclass, field
from typing import Any

from quickbooks_emulator.server import suite_switches
from rentaxis_pipelines_tests.crash.scenarios import SCENARIOS

Rule = dict[str, Any]

# Every way a repeated request id may behave, because Intuit publishes few of them.
IDEMPOTENCY: dict[str, dict[str, Any]] = {
    "documented": {},
    "ignored": {"requestid": "ignored"},
    "timed": {"requestid": "timed", "requestid_minutes": 0.001},
    "batch_6000": {"requestid_batch": "answers_6000"},
    "batch_ignored": {"requestid_batch": "ignored", "requestid_name_lists": False},
    "failures_replayed": {"requestid_failures": "replay"},
}
_REQUEST_IDS = {
    "requestid": "documented",
    "requestid_minutes": 60.0,
    "requestid_batch": "documented",
    "requestid_name_lists": True,
    "requestid_failures": "rerun",
}
_DEFAULTS = {
    "batch_order": "request",
    "void_linked": "unlink",
    "log_bodies": False,
    # QuickBooks' own refusal of a number in use would hide a duplicate of ours; most schedules do without it.
    "warn_duplicate_numbers": False,
}


@dataclass(frozen=True)
class Attempt:
    """One launch that is disturbed: where it dies, what QuickBooks does meanwhile, what somebody did before."""

    kill_at: int | None = None
    in_flight: bool = False
    rules: tuple[Rule, ...] = ()
    token_expired: bool = False
    touched: str | None = None  # number of an invoice somebody writes a word on
    workers: int = 1
    batch_size: int = 4
    read_timeout: float = 5.0


@dataclass(frozen=True)
class Schedule:
    """Disturbed launches on one scenario; after them an undisturbed one must leave the books right."""

    name: str
    scenario: str
    idempotency: str
    attempts: tuple[Attempt, ...]
    more_switches: dict[str, Any] = field(default_factory=dict)

    def switches(self) -> dict[str, Any]:
        """The whole set, so that nothing is left over from the schedule before. Request ids behave in every way in turn,
        whatever the suite is run under.
        """
        return (
            _DEFAULTS | suite_switches() | _REQUEST_IDS | IDEMPOTENCY[self.idempotency] | self.more_switches
        )


def kill_point(scenario: str, idempotency: str, number: int, *, in_flight: bool) -> Schedule:
    """The scenario, killed at that point. In flight: QuickBooks carries the call out only after our death."""
    slow: Rule = {"action": "delay", "operation": "batch", "seconds": 0.03, "times": 0}
    attempt = Attempt(kill_at=number, in_flight=in_flight, rules=(slow,) if in_flight else ())
    where = "in the middle of call" if in_flight else "before point"
    return Schedule(f"{scenario}/{idempotency}/{where} {number}", scenario, idempotency, (attempt,))


def random_schedule(seed: int) -> Schedule:
    """A schedule out of a number: the same for the same number, for ever (while this file stays as it is)."""
    dice = random.Random(seed)
    scenario = dice.choice(list(SCENARIOS))
    touched = (
        dice.choice(("INV-1", "INV-2", "INV-4", "INV-5"))
        if scenario != "first" and not SCENARIOS[scenario].undone and dice.random() < 0.25
        else None
    )
    attempts = tuple(
        _attempt(dice, touched if number == 0 else None) for number in range(dice.choice((1, 1, 2, 2, 3)))
    )
    more: dict[str, Any] = {"batch_order": dice.choice(("request", "reversed", "shuffled"))}
    if dice.random() < 0.2:
        more["warn_duplicate_numbers"] = True
    return Schedule(f"seed {seed}", scenario, dice.choice(list(IDEMPOTENCY)), attempts, more)


def _attempt(dice: random.Random, touched: str | None) -> Attempt:
    rules = tuple(_rule(dice) for _ in range(dice.choice((0, 1, 1, 2, 3))))
    dies = dice.random() < 0.7
    in_flight = dies and dice.random() < 0.3
    if in_flight:
        rules = (
            *rules,
            {"action": "delay", "operation": "batch", "seconds": dice.choice((0.01, 0.05)), "times": 0},
        )
    times_out = dice.random() < 0.15
    if times_out:
        silent = {"action": "delay", "operation": "batch", "nth": dice.randint(1, 6), "seconds": 0.16}
        rules = (silent, *rules)
    return Attempt(
        kill_at=dice.randint(1, 8 if in_flight else 70) if dies else None,
        in_flight=in_flight,
        rules=rules,
        token_expired=dice.random() < 0.1,
        touched=touched,
        workers=dice.choice((1, 3)),
        batch_size=dice.choice((1, 2, 4, 30)),
        read_timeout=0.1 if times_out else 5.0,
    )


def _rule(dice: random.Random) -> Rule:
    when: Rule = {"operation": "batch", "nth": dice.randint(1, 8), "times": dice.choice((1, 1, 1, 2))}
    html = "<html><body>Bad Gateway</body></html>"
    trouble = {
        "Error": [
            {
                "Message": "A business validation error has occurred while processing your request",
                "Detail": "Business Validation Error: An unexpected error occurred while accessing or saving your data. "
                "Please wait a few minutes and try again.",
                "code": "6000",
                "element": "",
            }
        ],
        "type": "ValidationFault",
    }
    stale = {
        "Error": [{"Message": "Stale Object Error", "code": "5010", "element": ""}],
        "type": "ValidationFault",
    }
    return dice.choice(
        (
            {"action": "lose_answer", **when},
            {"action": "lose_answer", **when},
            {"action": "reset", **when},
            {"action": "answer", "status": 500, "body": html, "commit": dice.random() < 0.5, **when},
            {"action": "answer", "status": 502, "body": html, "commit": dice.random() < 0.5, **when},
            {"action": "answer", "status": 429, "body": "", "headers": {"Retry-After": "7"}, **when},
            {"action": "answer", "code": "3001", **when},
            {"action": "answer", "status": 200, "body": {"Fault": trouble}, **when},
            {"action": "answer", "code": "10000", **when},
            {"action": "drop_items", "items": dice.choice(([0], [1], [0, 1, 2, 3])), **when},
            {"action": "reorder_items", **when},
            {"action": "fault_items", "items": dice.choice(([0], [1, 2])), "body": trouble, **when},
            {"action": "fault_items", "items": [0], "body": stale, **when},
            {"action": "fault_items", "items": [0, 1], "code": "3001", **when},
            {"action": "late", "seconds": 0.1, **when},
            {"action": "reset", **when, "operation": "query"},
            {"action": "answer", "status": 503, "body": html, **when, "operation": "query"},
        )
    )
