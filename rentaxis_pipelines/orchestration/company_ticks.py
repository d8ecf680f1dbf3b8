"""One tick of a sensor that looks after every company of the installation, one after another.

What goes wrong with one company stops no other: it is logged with its sentence, and remembered, so that the next ticks look at that company
last. A tick ends in time, with whom it has got to; the next one goes on from there, and begins anew once everybody has had a turn.
Here: whose turn it is, what is remembered (the sensor's cursor), and what the tick says. Not here: what is looked for (``sensors``), and
whether a company is switched on (``switches``).
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg
import msgspec

from rentaxis_pipelines.orchestration.errors_for_people import for_people
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.safety.unexpected import without_values
from rentaxis_pipelines.settings import Scope

# Dagster ends an evaluation after 60 seconds, and what it has asked for is lost: no company begins after the first of these, and the one
# that has begun by then is through by the second.
BEGIN_SECONDS, THROUGH_SECONDS = 40.0, 55.0
MOST_RUNS_A_TICK = 100  # the daemon submits them one after another before it ticks again
_NAMED = 10  # companies are named up to so many, and counted beyond


class Memory(msgspec.Struct, omit_defaults=True):
    """A sensor's cursor, by the companies' short names. ``cursors``: up to where each has been looked at, where the sensor has such a point.

    ``on``: switched on when last looked at. ``failing``: could not be looked at. ``left``: the last tick did not get to them, in order.
    """

    cursors: dict[str, str] = msgspec.field(default_factory=dict)
    on: list[str] = msgspec.field(default_factory=list)
    failing: list[str] = msgspec.field(default_factory=list)
    left: list[str] = msgspec.field(default_factory=list)


@dataclass(frozen=True)
class Looked:
    """What a look at one company came to. ``is_on``: False where the sensor is switched off for it, and nothing was looked at."""

    summary: str = ""
    requests: Sequence[dg.RunRequest] = ()
    cursor: str | None = None
    is_on: bool = True


class OnButFailing(Exception):
    """A look at a company that is known to be switched on failed; the cause says why."""


# Given the company as the definitions were made for it, its cursor, and how many seconds the look may take.
Look = Callable[[Scope, str | None, float], Looked]


@dataclass
class _Round:
    """What the tick has come to so far, by short name, in the order of the looks. ``unknown``: failed, and as far as is known not on."""

    looked: dict[str, Looked] = field(default_factory=dict)
    failed: dict[str, BaseException] = field(default_factory=dict)
    unknown: dict[str, BaseException] = field(default_factory=dict)

    @property
    def requests(self) -> list[dg.RunRequest]:
        return [request for looked in self.looked.values() for request in looked.requests]


def tick_of_every_company(
    context: dg.SensorEvaluationContext,
    scopes: Sequence[Scope],
    look: Look,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> dg.SensorResult:
    """Look at the companies whose turn it is. Raises where every company was looked at, and none of those switched on could be."""
    by_slug = {scope.slug: scope for scope in scopes}
    memory, began = remembered(context.cursor, list(by_slug)), clock()
    queue, done = turns(memory, list(by_slug)), _Round()
    left = list(queue)
    for slug in queue:
        seconds = clock() - began
        if slug != queue[0] and (seconds >= BEGIN_SECONDS or len(done.requests) >= MOST_RUNS_A_TICK):
            break
        left.remove(slug)
        _look(by_slug[slug], memory, look, THROUGH_SECONDS - seconds, done)
    for slug, error in done.failed.items():
        context.log.error(one_line(f"{slug}: {sentence_of(error)}"))
    if done.failed and not left and not any(looked.is_on for looked in done.looked.values()):
        raise _all_failed(done.failed, alone=len(by_slug) == 1)
    requests = done.requests
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(_said(done, left, alone=len(by_slug) == 1)),
        cursor=msgspec.json.encode(_after(memory, done, left)).decode(),
    )


def remembered(cursor: str | None, slugs: Collection[str]) -> Memory:
    """What the sensor remembers of these companies. A cursor of an earlier version, which was for a single company, is the only one's."""
    try:
        memory = msgspec.json.decode(cursor or "{}", type=Memory)
    except msgspec.DecodeError:
        return Memory(cursors=dict.fromkeys(slugs, cursor or "")) if len(slugs) == 1 else Memory()
    return Memory(
        cursors={slug: at for slug, at in memory.cursors.items() if slug in slugs},
        on=[slug for slug in memory.on if slug in slugs],
        failing=[slug for slug in memory.failing if slug in slugs],
        left=[slug for slug in memory.left if slug in slugs],
    )


def turns(memory: Memory, slugs: Sequence[str]) -> list[str]:
    """Whose turn it is, in order: those that the last tick did not get to, then the others, and those that could not be looked at last.

    Of those, one that the last tick did not get to comes first of all: however busy the others keep the sensor, it is tried again.
    """
    waited = [slug for slug in memory.left if slug in slugs]
    order = list(dict.fromkeys([*waited, *slugs]))
    failing = [slug for slug in order if slug in memory.failing]
    first = [slug for slug in failing if slug in waited][:1]
    return list(dict.fromkeys([*first, *(slug for slug in order if slug not in failing), *failing]))


def _look(scope: Scope, memory: Memory, look: Look, seconds: float, done: _Round) -> None:
    slug = scope.slug
    try:
        done.looked[slug] = look(scope, memory.cursors.get(slug), seconds)
    except OnButFailing as error:
        done.failed[slug] = error.__cause__ or error
    except Exception as error:
        # Whether it is on stands in the ledger, which may be what failed.
        on = slug in memory.on or scope.company.automation.switched_on
        (done.failed if on else done.unknown)[slug] = error


def _after(memory: Memory, done: _Round, left: list[str]) -> Memory:
    """What is to be remembered."""
    new = {slug: looked.cursor for slug, looked in done.looked.items() if looked.cursor is not None}
    off = {slug for slug, looked in done.looked.items() if not looked.is_on}
    on = {slug for slug, looked in done.looked.items() if looked.is_on} | done.failed.keys()
    failing = done.failed.keys() | done.unknown.keys()
    return Memory(
        cursors=memory.cursors | new,
        on=sorted((set(memory.on) | on) - off),
        failing=sorted((set(memory.failing) - done.looked.keys()) | failing),
        left=left,
    )


def sentence_of(error: BaseException) -> str:
    """What an error says to people; of a fault of ours, what it may say without values."""
    told = for_people(error)
    if told is not None:
        return str(told)
    shown = without_values(error)
    return f"An unexpected error, which is a fault of the program: {type(shown).__name__}: {shown}"


def _all_failed(failed: Mapping[str, BaseException], *, alone: bool) -> BaseException:
    if alone or (len(failed) == 1 and for_people(next(iter(failed.values()))) is None):
        return next(iter(failed.values()))
    return Stopped("\n".join(one_line(f"{slug}: {sentence_of(error)}") for slug, error in failed.items()))


def _said(done: _Round, left: Sequence[str], *, alone: bool) -> str:
    """The tick in a line: what went wrong first, then what was found, with the companies it was found for."""
    parts = [f"{slug} could not be looked at: {sentence_of(error)}" for slug, error in done.failed.items()]
    by_summary: dict[str, list[str]] = {}
    for slug, looked in done.looked.items():
        by_summary.setdefault(looked.summary if looked.is_on else "Switched off.", []).append(slug)
    for slug, error in done.unknown.items():
        summary = f"Not switched on, as far as is known. {sentence_of(error)}"
        by_summary.setdefault(summary, []).append(slug)
    if alone:
        return one_line(" ".join([*parts, *by_summary]))
    parts += [f"{_names(slugs)}: {summary}" for summary, slugs in by_summary.items()]
    if left:
        parts.append(f"The next tick looks at {_names(left)}.")
    return one_line(" ".join(parts)) or "There is no company."


def _names(slugs: Sequence[str]) -> str:
    more = len(slugs) - _NAMED
    return ", ".join(slugs[:_NAMED]) + (f" and {more} more" if more > 0 else "")
