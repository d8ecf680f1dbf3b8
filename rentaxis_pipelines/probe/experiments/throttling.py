"""Calls until QuickBooks reports too many. Slow, and it blocks every other program of the company, so only on request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rentaxis_pipelines.probe.company import ProbeCompany, code_of, items_of
from rentaxis_pipelines.probe.experiment import Seen, SwitchValue, different
from rentaxis_pipelines.probe.wire import Reply, is_throttle
from rentaxis_pipelines.quickbooks.json import encode
from rentaxis_pipelines.quickbooks.query import count

_MINUTE = 61.0  # seconds after which QuickBooks has forgotten the calls before
_AT_ONCE = 16  # as many as connections are kept (quickbooks.transport), and more than the 10 a second and at once that are documented
_READS = 608  # more than 500 a minute
_BATCHES, _ITEMS = 44, 30  # more than 40 a minute, and more than 500 items long before that
_PACE = 0.15  # seconds between two batches: below 10 a second


def reads(company: ProbeCompany) -> Seen:
    """Many concurrent reads until the first is refused; the format of that refusal."""
    path = f"query?query={count('Customer').replace(' ', '%20')}"
    company.wait(_MINUTE)
    replies: list[Reply] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while len(replies) < _READS and not any(map(is_throttle, replies)):
            replies += pool.map(lambda _: company.wire.once("GET", path), range(_AT_ONCE))
    company.wait(_MINUTE)
    _keep_the_refused(company)
    throttled = next((reply for reply in replies if is_throttle(reply)), None)
    if throttled is None:
        said = f"{len(replies)} reads, {_AT_ONCE} at once, were all answered."
        return different(said, limits=False)
    passed = sum(reply.ok for reply in replies)
    waits = throttled.headers.get("retry-after", "")
    shape = _shape(throttled)
    switches: dict[str, SwitchValue] = {"limits": True, "throttle_status": throttled.status}
    switches |= {"throttle_shape": shape} if shape else {}
    switches |= {"retry_after": int(waits)} if waits.isdigit() else {} if waits else {"retry_after": 0}
    return Seen(
        f"Of {len(replies)} reads, {_AT_ONCE} at once, {passed} were answered; the others were {throttled.said}, in the {shape or 'unknown'} "
        f"form, {f'Retry-After {waits}' if waits else 'without Retry-After'}.",
        as_expected=throttled.status == 429 and shape == "gateway" and not waits,
        switches=switches,
    )


def batches(company: ProbeCompany) -> Seen:
    """Batches of thirty reads until the first is refused: do their items count, and where is the refusal?"""
    items = [{"bId": str(place), "Query": count("Customer")} for place in range(_ITEMS)]
    body = encode({"BatchItemRequest": items})
    company.wait(_MINUTE)
    replies = _paced(
        company,
        lambda number: company.wire.once("POST", f"batch?requestid={company.request_id()}-{number}", body),
    )
    company.wait(_MINUTE)
    _keep_the_refused(company)
    passed = sum(reply.ok and not _refused_items(reply) for reply in replies)
    on_items = any(map(_refused_items, replies))
    if not on_items and not any(map(is_throttle, replies)):
        return Seen(f"{len(replies)} batches of {_ITEMS} reads within a minute or more were all answered.")
    switches: dict[str, SwitchValue] = {"batch_throttled_items": on_items}
    if passed * _ITEMS <= 500:
        switches["batch_counts_as"] = "items"
    elif passed >= 35:
        switches["batch_counts_as"] = "one"
    where = "on every item inside a success" if on_items else "on the whole batch"
    return Seen(
        f"{passed} batches of {_ITEMS} reads were answered, then the refusal stood {where}.",
        as_expected=switches.get("batch_counts_as") == "one" and not on_items,
        switches=switches,
    )


def _paced(company: ProbeCompany, call: Callable[[int], Reply]) -> list[Reply]:
    """One call after another, begun in the same rhythm whether the one before was answered or not."""
    with ThreadPoolExecutor(8) as pool:
        running = []
        for number in range(_BATCHES):
            running.append(pool.submit(call, number))
            company.wait(_PACE)
        return [call_made.result() for call_made in running]


def _shape(reply: Reply) -> str:
    content: Any = reply.content if isinstance(reply.content, dict) else {}
    return "gateway" if "fault" in content else "service" if "Fault" in content else ""


def _refused_items(reply: Reply) -> bool:
    return any(code_of(item) == "3001" for item in items_of(reply))


def _keep_the_refused(company: ProbeCompany) -> None:
    """Of hundreds of exchanges, the first that was answered and three that were refused: they are all alike."""
    every = company.wire.exchanges
    refused = [exchange for exchange in every if "ThrottleExceeded" in exchange.response]
    every[:] = [*[exchange for exchange in every if exchange not in refused][:1], *refused[:3]]
