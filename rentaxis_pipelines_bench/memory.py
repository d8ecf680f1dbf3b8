"""Memory of the pushing process over a long push: what it holds after the first 10,000 invoices, and at the end."""

import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psutil

from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import must_be_whole, opened, planned, seconds, write_and_push

EARLY = 10_000
GROUP = "Memory of the pusher, limits off"
MEGABYTE = 2**20


def measure(count: int) -> list[Figure]:
    """In a process of its own, so that nothing else measured before is counted."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        early, most, end, taken = pool.submit(_long_push, count).result()
    growth = 100 * (most - early) / early
    return [
        Figure(group=GROUP, name=f"after the first {EARLY:,} invoices", value=early / MEGABYTE, unit="MB"),
        Figure(group=GROUP, name=f"after {count:,} invoices", value=end / MEGABYTE, unit="MB"),
        Figure(group=GROUP, name="most after the first 10,000", value=most / MEGABYTE, unit="MB", target="flat (within 10 %)", met=growth <= 10,
               note=f"{growth:+.1f} %; the push took {taken:.0f} s, {count / taken:,.0f} rows/s"),
    ]  # fmt: skip


def _long_push(count: int) -> tuple[int, int, int, float]:
    """Bytes of resident memory: after the first 10,000, the most after that, at the end; and the seconds taken."""
    process = psutil.Process()
    done = threading.Event()
    samples: list[tuple[int, int]] = []  # (invoices answered, resident bytes)
    with opened() as measured, measured.engine("memory") as engine:
        run = engine.run

        def watch() -> None:
            while not done.wait(0.1):
                samples.append((run.client.calls.batch_items, process.memory_info().rss))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            before = measured.invoices_in_quickbooks()
            taken = seconds(lambda: write_and_push(engine, planned(measured, run.run_id, count), count))
        finally:
            done.set()
            watcher.join()
        samples.append((run.client.calls.batch_items, process.memory_info().rss))
        must_be_whole(measured, run, before, count)
    later = [size for answered, size in samples if answered >= min(EARLY, count)]
    return later[0], max(later), later[-1], taken
