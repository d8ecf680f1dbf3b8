"""``python -m rentaxis_pipelines_tests.crash.restored``: ledgers copied in the middle of a push, lost, and restored.

The pusher dies at a numbered point and the ledger is copied as it is then. The push goes on and more is pushed; then the copy takes
the ledger's place, or an empty ledger does, and life goes on. QuickBooks ignores request ids and takes a number twice, so nothing but
the program itself keeps a record from being doubled. Exit code 0 only if nothing is wrong.
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import psycopg

from rentaxis_pipelines.demo import postgres
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines_tests.crash import books, pusher
from rentaxis_pipelines_tests.crash.harness import EMPTY, Stage
from rentaxis_pipelines_tests.crash.life import AFTERWARDS, BEFORE, BUSY, LATER, amounts_of, paid_on
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.schedules import Schedule
from rentaxis_pipelines_tests.support import ledger_copies
from rentaxis_pipelines_tests.support.quickbooks import started

POLICIES = ("always", "ask", "never")
EVERY_MOST = 500  # points; the push comes nowhere near it


class Restores(Stage):
    """Runs one life after the other, each with another moment at which the ledger was copied."""

    def live(
        self, policy: str, idempotency: str, copied_at: int | None, then: Portfolio
    ) -> tuple[bool, list[str]]:
        """One life. ``copied_at``: the point of the push at which the ledger was copied; None: it is lost altogether.

        Returns whether the pusher still died at that point, and everything that is wrong.
        """
        switches = Schedule("", "first", idempotency, ()).switches()
        self._begin(EMPTY, switches)
        wrong = self._push(policy, "before", BEFORE)
        died = copied_at is None
        if copied_at is not None:
            job = dataclasses.replace(self._job("copied", BUSY), adopt=policy, kill_at=copied_at)
            died = pusher.launch(job).killed
            self._keep("backup")
        wrong += self._push(policy, "went-on", BUSY)
        wrong += self._push(policy, "later", LATER)
        self._restore("backup" if copied_at is not None else EMPTY)
        wrong += self._push(policy, "restored", then)
        wrong += self._wrong(then)
        before = books.last_call(self._company.base_url)
        wrong += self._push(policy, "quiet", then)
        if written := books.writes_made(self._company.base_url, before):
            wrong.append(f"the run after made {written} writes")
        if copied_at is not None:
            self._ledger.execute("drop schema backup cascade")
        return died, wrong

    def _push(self, policy: str, run_id: str, portfolio: Portfolio) -> list[str]:
        ending = pusher.launch(dataclasses.replace(self._job(run_id, portfolio), adopt=policy))
        wrong = [f"{run_id}: {what}" for what in (ending.crash, ending.error) if what]
        if failed := (ending.statuses or {}).get("failed"):
            reasons = self._ledger.execute(
                "select source_label, reason from ledger.row_results where run_id = %s and status = 'failed'",
                [run_id],
            ).fetchall()
            wrong.append(f"{run_id}: {failed} rows failed: {reasons}")
        return wrong

    def _restore(self, state: str) -> None:
        ledger_copies.put_back(self._ledger, state, self._tables)

    def _wrong(self, portfolio: Portfolio) -> list[str]:
        found = {
            entity: books.control(self._company.base_url, f"objects?entity={entity}")
            for entity in (*books.NUMBER, "Customer", "Vendor")
        }
        ours = [
            (key, one)
            for entity in books.NUMBER
            for one in found[entity]
            if (key := parse_marker(one.get("PrivateNote"))) is not None
            and not str(one.get("DocNumber")).startswith(
                "RX-V-"
            )  # what an expense stood as before it became a bill
        ]
        times, wanted, left = Counter(key for key, _ in ours), amounts_of(portfolio), paid_on(portfolio)
        wrong = [f"{key} is there {number} times" for key, number in times.items() if number > 1]
        wrong += [f"{key} is there, unasked" for key in times if key not in wanted]
        wrong += [f"{key} is missing" for key in wanted if key not in times]
        for key, one in ours:
            if Decimal(one["TotalAmt"]) != wanted.get(key):
                wrong.append(f"{key} comes to {one['TotalAmt']}, not {wanted.get(key)}")
            if key[0] == "invoice" and Decimal(one["Balance"]) != left[key[1]]:
                wrong.append(f"{key} has {one['Balance']} open, not {left[key[1]]}")
        names = Counter(one["DisplayName"] for one in (*found["Customer"], *found["Vendor"]))
        expected = [payer.name for payer in portfolio.payers] + [
            one.vendor.name for one in portfolio.expenses if one.vendor
        ]
        for name in set(expected):
            bearing = sum(number for other, number in names.items() if other.startswith(str(name)))
            if bearing != (2 if name == "Dana Doe" else 1):
                wrong.append(
                    f"{name!r} is there {bearing} times: {[one for one in names if one.startswith(str(name))]}"
                )
        with psycopg.connect(self._url) as connection:
            wrong += books.wrong_links(connection, found) + books.lost_rows(connection)
        return wrong


def cases(stride: int) -> Iterator[tuple[str, str, int | None, str]]:
    """(policy, behaviour of request ids, point or None for a lost ledger, what RentAxis holds afterwards)."""
    for policy in POLICIES:
        for then in ("same", "moved on"):
            yield policy, "ignored", None, then
    for number, point in enumerate(range(1, EVERY_MOST, stride)):
        for at, policy in enumerate(POLICIES):
            switch = "ignored" if stride > 1 else ("ignored", "documented")[number % 2]
            yield policy, switch, point, ("same", "moved on")[(number + at) % 2]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="try every n-th point (default 1: all)")
    options = parser.parse_args(arguments)
    began, lives, wrong = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="rentaxis-crash-") as folder:
        server = postgres.start(Path(folder), durable=False)
        try:
            with started() as company:
                on = Restores(server.create_database("ledger"), company)
                for policy, switch, point, then in cases(options.stride):
                    died, found = on.live(policy, switch, point, LATER if then == "same" else AFTERWARDS)
                    lives, wrong = lives + 1, wrong + bool(found)
                    if found:
                        print(
                            f"WRONG: adopt {policy}, request ids {switch}, copied at {point}, {then}",
                            *found,
                            sep="\n  ",
                        )
                    if not died:
                        break
        finally:
            server.stop()
    print(f"{lives} ledgers restored in {time.monotonic() - began:.0f} s; {wrong} went wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
