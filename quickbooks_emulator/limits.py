"""Intuit's published limits, counted on the emulator's clock, and the meter of reads."""

from collections import deque

from quickbooks_emulator import on_demand
from quickbooks_emulator.clock import Clock
from quickbooks_emulator.switches import Switches

REQUESTS_A_MINUTE = 500  # per realm
BATCHES_A_MINUTE = 40  # per realm and app; 120 over all apps of a realm cannot be reached by one app
REQUESTS_A_SECOND = 10  # per realm and app
AT_ONCE = 10  # per realm and app, the older wording of the same page


class Limits:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.under_way = 0
        self.meter: dict[str, int] = {}  # month -> metered reads
        self._minute: deque[tuple[float, int]] = deque()
        self._batches: deque[tuple[float, int]] = deque()
        self._second: deque[tuple[float, int]] = deque()

    def forget(self) -> None:
        for window in (self._minute, self._batches, self._second):
            window.clear()

    def admit(self, switches: Switches, batch_items: int | None) -> None:
        """Count one call. Raises GatewayRefusal 3001; a refused call does not count."""
        if not switches.limits:
            return
        now, scale = self.clock.epoch(), switches.limits_scale
        weight = batch_items if batch_items and switches.batch_counts_as == "items" else 1
        windows = [(self._minute, 60, REQUESTS_A_MINUTE, weight), (self._second, 1, REQUESTS_A_SECOND, 1)]
        if batch_items is not None:
            windows.append((self._batches, 60, BATCHES_A_MINUTE, 1))
        full = self.under_way > AT_ONCE * scale
        for window, seconds, limit, add in windows:
            while window and not now - seconds < window[0][0] <= now:
                window.popleft()
            full = full or sum(count for _, count in window) + add > limit * scale
        if full:
            raise on_demand.throttled(switches.throttle_status)
        for window, _, _, add in windows:
            window.append((now, add))

    def month(self) -> str:
        return self.clock.stamp()[:7]

    def admit_read(self, switches: Switches) -> None:
        """Past the month's allowance reads are blocked until the next month (Intuit, 2026-01)."""
        if switches.monthly_reads and self.meter.get(self.month(), 0) >= switches.monthly_reads:
            raise on_demand.throttled(switches.throttle_status)

    def count_read(self, calls: int = 1) -> None:
        self.meter[self.month()] = self.meter.get(self.month(), 0) + calls
