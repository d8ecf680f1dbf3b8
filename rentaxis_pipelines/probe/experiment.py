"""What an experiment is, and what it returns. Not here: the list of them (``catalogue``), running them (``run``)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from rentaxis_pipelines.probe.company import ProbeCompany

# What a person has to agree to before an experiment is run: its option on the command line.
Needs = Literal["", "wait", "limits", "by_hand"]
SwitchValue = str | bool | int


class Seen(msgspec.Struct, frozen=True):
    """What an experiment saw.

    ``said``: one or two sentences, without names or amounts of the company's own records. ``as_expected``: None where nothing public
    lets one expect anything. ``switches``: only those of the emulator that this run of the experiment proves, with the value it found.
    ``told``: False where the experiment could not be done, and ``said`` says why.
    """

    said: str
    as_expected: bool | None = None
    told: bool = True
    switches: Mapping[str, SwitchValue] = msgspec.field(default_factory=dict[str, SwitchValue])


def expected(said: str, **switches: SwitchValue) -> Seen:
    """The sources suggest this result."""
    return Seen(said, as_expected=True, switches=switches)


def different(said: str, **switches: SwitchValue) -> Seen:
    """The sources suggest a different result."""
    return Seen(said, as_expected=False, switches=switches)


class CannotTell(Exception):
    """The experiment is not possible in this company. The text says why, in one sentence."""


@dataclass(frozen=True)
class Experiment:
    """One question to QuickBooks.

    ``number`` never changes once it is given: people name experiments by it. ``expected``: what the sources let one expect.
    ``source``: where that stands. ``switches``: those of the emulator it may measure. ``run`` raises CannotTell where the company
    lacks what it takes, and otherwise passes on what the company raises.
    """

    number: int
    name: str
    question: str
    expected: str
    source: str
    run: Callable[["ProbeCompany"], Seen]
    switches: tuple[str, ...] = field(default=())
    needs: Needs = ""
