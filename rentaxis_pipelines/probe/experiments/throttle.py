"""What happens to too many calls. Run with --limits only: for some seconds the company takes no calls of other programs either.

Here: a burst of single calls, then batches of thirty queries. Not here: the monthly allowance, which a sandbox does not have.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from rentaxis_pipelines.probe.company import ProbeCompany, code_of, items_of
from rentaxis_pipelines.probe.experiment import Seen, SwitchValue
from rentaxis_pipelines.probe.wire import Exchange, Reply, is_throttle
from rentaxis_pipelines.quickbooks.json import encode

MOST_CALLS = 600  # more than a minute's 500 (Intuit's limits page)
AT_ONCE = 20  # more than the 10 a second of that page
MOST_BATCHES = 45  # more than a minute's 40
WAVE, BETWEEN_WAVES = 5, 0.6  # batches at once, and seconds after them: never over 10 calls a second
ITEMS = 30
A_MINUTE = 61.0  # seconds after which no call counts any longer


def burst(company: ProbeCompany) -> Seen:
    """Single reads as fast as they go, until one is refused: which answer refuses it?"""
    path = f"companyinfo/{company.wire.company.realm_id}"
    company.wait(A_MINUTE)
    started = time.monotonic()
    refused, calls = _until_refused(company, lambda: company.wire.once("GET", path), MOST_CALLS, AT_ONCE, 0)
    seconds = time.monotonic() - started
    company.wait(A_MINUTE)
    if refused is None:
        return Seen(
            f"{calls} calls in {seconds:.0f} seconds were all answered.",
            as_expected=False,
            switches={"limits": False},
        )
    switches: dict[str, SwitchValue] = {"limits": True, "throttle_status": refused.status}
    shape = _shape(refused)
    if shape:
        switches["throttle_shape"] = shape
    after = refused.headers.get("retry-after", "")
    if not after or after.isdigit():
        switches["retry_after"] = int(after or 0)
    said = (
        f"Of the first {calls} calls, sent within {seconds:.1f} seconds, one was {refused.said}, "
        f"in the shape of {'the gateway' if shape == 'gateway' else 'the service' if shape else 'neither gateway nor service'}, "
        f"{f'with Retry-After {after}' if after else 'without Retry-After'}."
    )
    return Seen(said, as_expected=(refused.status, shape, after) == (429, "gateway", ""), switches=switches)


def batches(company: ProbeCompany) -> Seen:
    """Batches of thirty queries until one is refused: does a batch count as one call, and how is it refused?"""
    items = [{"bId": str(place), "Query": "SELECT * FROM CompanyInfo"} for place in range(1, ITEMS + 1)]
    body = encode({"BatchItemRequest": items})
    company.wait(A_MINUTE)
    started = time.monotonic()
    refused, calls = _until_refused(
        company, lambda: company.wire.once("POST", "batch", body), MOST_BATCHES, WAVE, BETWEEN_WAVES
    )
    seconds = time.monotonic() - started
    company.wait(A_MINUTE)
    if refused is None:
        return Seen(
            f"{calls} batches of {ITEMS} queries were all answered, within {seconds:.0f} seconds: no limit was met."
        )
    in_items = not is_throttle(refused)
    # 17 batches hold 510 queries, more than a minute's 500; by the published limit of batches the 41st is refused.
    counts_as = "items" if calls <= 20 else "one" if calls > 35 else ""
    where = (
        "inside an answer with HTTP 200, on its items"
        if in_items
        else f"as a whole, with HTTP {refused.status}"
    )
    said = f"Of the first {calls} batches of {ITEMS} queries one was refused {where}; {_COUNTED[counts_as]}."
    switches: dict[str, SwitchValue] = {"batch_throttled_items": in_items}
    if counts_as:
        switches["batch_counts_as"] = counts_as
    return Seen(said, as_expected=counts_as == "one" and not in_items, switches=switches)


_COUNTED = {
    "one": "so a batch counts as one call",
    "items": "so a batch counts as many calls as it has items",
    "": "that fits neither what is published for batches nor what is published for calls",
}


def _until_refused(
    company: ProbeCompany, send: Callable[[], Reply], most: int, at_once: int, pause: float
) -> tuple[Reply | None, int]:
    """The first refusal and how many calls were sent by then, in waves."""
    sent = 0
    refused: Reply | None = None
    with ThreadPoolExecutor(at_once) as pool:
        while refused is None and sent < most:
            replies = list(pool.map(lambda _: send(), range(at_once)))
            sent += at_once
            refused = next((one for one in replies if _is_refused(one)), None)
            if pause:
                company.wait(pause)
    _keep_few(company.wire.exchanges)
    return refused, sent


def _keep_few(exchanges: list[Exchange]) -> None:
    """Of hundreds that are all alike, the first that was answered and the first three that were refused."""
    refused = [one for one in exchanges if one.status != 200 or "ThrottleExceeded" in one.response]
    exchanges[:] = [*[one for one in exchanges if one not in refused][:1], *refused[:3]]


def _is_refused(reply: Reply) -> bool:
    return is_throttle(reply) or any(code_of(item) == "3001" for item in items_of(reply))


def _shape(reply: Reply) -> str:
    if not isinstance(reply.content, dict):
        return ""
    return "gateway" if "fault" in reply.content else "service" if "Fault" in reply.content else ""
