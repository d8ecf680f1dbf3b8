"""Ways of measuring that several experiments share. Not here: any experiment."""

from collections.abc import Callable, Mapping
from typing import Any

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell
from rentaxis_pipelines.probe.wire import Reply


class Changing:
    """One object of the probe that is changed repeatedly, always with the token of the last response."""

    def __init__(self, company: ProbeCompany, entity: str, record: Payload) -> None:
        self.company, self.entity, self.record = company, entity, record

    def try_to(self, fields: Payload) -> Reply:
        """A sparse update; the response may be a refusal."""
        reply = self.company.change(self.entity, self.record, fields)
        if reply.ok:
            self.record = reply.of(self.entity)
        return reply

    def set(self, fields: Payload) -> Payload:
        """The same if the experiment needs it. Raises CannotTell if it is refused."""
        reply = self.try_to(fields)
        if not reply.ok:
            raise CannotTell(f"Changing the {self.entity} needed by the experiment was {reply.said}.")
        return self.record


def longest_accepted(accepts: Callable[[int], bool], shortest: int, guess: int, longest: int) -> int:
    """The largest number in shortest..longest (inclusive) that ``accepts`` accepts, 0 if it does not accept the shortest.

    Numbers must be accepted up to some limit and refused beyond it. Two calls if ``guess``, which is less than ``longest``, is right;
    bisection otherwise.
    """
    if accepts(guess):
        if not accepts(guess + 1):
            return guess
        if guess + 1 == longest or accepts(longest):
            return longest
        good, bad = guess + 1, longest
    elif guess > shortest and accepts(shortest):
        good, bad = shortest, guess
    else:
        return 0
    while bad - good > 1:
        middle = (good + bad) // 2
        if accepts(middle):
            good = middle
        else:
            bad = middle
    return good


def the_only(values: set[Any]) -> Any:
    """The value that several tries agree on, None if they differ."""
    return next(iter(values)) if len(values) == 1 else None


def outcomes(tries: Mapping[str, Reply]) -> str:
    """The outcomes of several tries, as one sentence; stated once if they are all the same."""
    if same := the_only({reply.said for reply in tries.values()}):
        *most, last = tries
        parts = [f"{', '.join(most)} and {last}: each was {same}"]
    else:
        parts = [f"{what}: {reply.said}" for what, reply in tries.items()]
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."
