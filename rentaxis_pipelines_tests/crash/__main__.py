"""``python -m rentaxis_pipelines_tests.crash``: kill the pusher everywhere, then mix kills with faults at random.

Exit code 0 only if no schedule left anything wrong. A failure prints the schedule, what is wrong, and how to replay it.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rentaxis_pipelines_tests.crash.harness import Judged, Stage, stage
from rentaxis_pipelines_tests.crash.scenarios import SCENARIOS
from rentaxis_pipelines_tests.crash.schedules import IDEMPOTENCY, kill_point, random_schedule

COMMAND = "python -m rentaxis_pipelines_tests.crash"
PROGRESS_EVERY = 100
NEVER = 10_000  # points; no scenario comes near it
POINTS_PER_CALL = 8  # about so many points are one call that writes


def _kill_points(on: Stage, share: int, shares: int, stride: int) -> Iterator[Judged]:
    """Every scenario let live, and killed at every n-th point; in the middle of calls as well, of which there are fewer. All of them under
    every switch, a sample under one switch each: at least one kill of either kind a scenario.
    """
    switches = list(IDEMPOTENCY)
    chosen = [
        (scenario, switch)
        for number, scenario in enumerate(SCENARIOS)
        for switch in (switches if stride == 1 else [switches[number % len(switches)]])
    ]
    for scenario, switch in chosen[share::shares]:
        for in_flight, step in ((False, stride), (True, max(1, stride // POINTS_PER_CALL))):
            alive = on.try_out(kill_point(scenario, switch, NEVER, in_flight=in_flight))
            yield alive
            points = alive.points or 0
            for number in range(1 + hash_of(scenario, switch) % max(1, min(step, points)), points + 1, step):
                yield on.try_out(kill_point(scenario, switch, number, in_flight=in_flight))


def _judged(on: Stage, share: int, options: argparse.Namespace) -> Iterator[Judged]:
    if options.stride:
        yield from _kill_points(on, share, options.workers, options.stride)
    for seed in range(options.first_seed + share, options.first_seed + options.schedules, options.workers):
        yield on.try_out(random_schedule(seed))


def hash_of(*words: str) -> int:
    """A number out of words, the same in every process: where a strided search begins."""
    return sum(map(ord, "".join(words)))


def _work(share: int, options: argparse.Namespace, said: "multiprocessing.Queue[Judged | str]") -> None:
    mother = os.getppid()
    try:
        with tempfile.TemporaryDirectory(prefix="rentaxis-crash-") as folder, stage(Path(folder)) as on:
            if options.only is not None:
                said.put(on.try_out(random_schedule(options.only)))
                return
            for judged in _judged(on, share, options):
                said.put(judged)
                if os.getppid() != mother:
                    return  # nobody listens any more
    except BaseException as error:
        said.put(f"the harness itself failed: {type(error).__name__}: {error}")
        raise
    finally:
        said.put("done")


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--schedules", type=int, default=2000, help="random schedules (default 2000)")
    parser.add_argument("--first-seed", type=int, default=1, help="seed of the first random schedule")
    parser.add_argument(
        "--stride", type=int, default=1, help="try every n-th kill point; 0: none (default 1: all)"
    )
    parser.add_argument("--only", type=int, metavar="SEED", help="replay one random schedule")
    parser.add_argument("--workers", type=int, default=2, help="schedules tried side by side (default 2)")
    options = parser.parse_args()
    if options.only is not None:
        options.workers = 1
    started = time.monotonic()
    context = multiprocessing.get_context("fork")
    said: multiprocessing.Queue[Judged | str] = context.Queue()
    workers = [context.Process(target=_work, args=(share, options, said)) for share in range(options.workers)]
    for worker in workers:
        worker.start()
    counted: Counter[str] = Counter()
    under: Counter[str] = Counter()
    running = len(workers)
    while running:
        one = said.get()
        if one == "done":
            running -= 1
        elif isinstance(one, str):
            print(one, file=sys.stderr)
            counted["wrong"] += 1
        else:
            _count(one, counted, under)
    for worker in workers:
        worker.join()
    _report(counted, under, time.monotonic() - started)
    return 1 if counted["wrong"] else 0


def _count(one: Judged, counted: Counter[str], under: Counter[str]) -> None:
    if (done := under.total() + 1) % PROGRESS_EVERY == 0:
        print(f"{done} schedules, {counted['wrong']} went wrong", file=sys.stderr, flush=True)
    counted["random" if one.schedule.name.startswith("seed") else "points"] += 1
    counted["kills"] += one.kills
    counted["launches"] += one.launches
    under[one.schedule.idempotency] += 1
    if one.wrong:
        counted["wrong"] += 1
        seed = one.schedule.name.removeprefix("seed ")
        how = (
            f"{COMMAND} --only {seed}"
            if one.schedule.name.startswith("seed")
            else "the same command: points are exact"
        )
        lines = (
            f"WRONG: {one.schedule.name} ({one.schedule.scenario}, {one.schedule.idempotency}) at commit {_commit()}",
            *(f"  {sentence}" for sentence in one.wrong),
            *(f"  {attempt}" for attempt in one.schedule.attempts),
            f"  replay: {how}",
        )
        print("\n".join(lines), flush=True)


def _report(counted: Counter[str], under: Counter[str], seconds: float) -> None:
    switches = ", ".join(f"{name} {number}" for name, number in sorted(under.items()))
    print(
        f"{counted['points']} kill points and {counted['random']} random schedules in {seconds:.0f} s: "
        f"{counted['launches']} launches, {counted['kills']} killed; {counted['wrong']} schedules went wrong.\n"
        f"Under each switch: {switches}."
    )


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
