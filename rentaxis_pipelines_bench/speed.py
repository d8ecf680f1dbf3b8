"""Rows per second, limits off: our engine with its ledger, python-quickbooks and dlt, by turns on one server.

All send the same invoices in batches of 30. Ours writes plan, requests, answers, links and results to Postgres on the way;
python-quickbooks keeps nothing. It is fed 30 at a time, because its own cutting of a long list is quadratic; and it is shown
once more on ten threads, which it does not offer itself. dlt comes with a small destination (``with_dlt``).
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.objects import Invoice

from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS
from rentaxis_pipelines.sync.session import open_run
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.office import (
    Office,
    invoice,
    must_be_whole,
    planned,
    seconds,
    write_and_push,
)
from rentaxis_pipelines_bench.with_dlt import loader

THREADS = 10
Rate = tuple[float, float]  # rows a second, and seconds of this process' processor time a thousand rows


def measure(office: Office, count: int, rounds: int) -> list[Figure]:
    """Median rows per second at 0 and at 50 ms, each contender once a round."""
    found: list[Figure] = []
    for latency in (0, 50):
        office.control("switches", {"latency_ms": latency})
        rates: dict[str, list[Rate]] = {"ours": [], "theirs": [], "threads": [], "dlt": []}
        with _python_quickbooks(office) as client:
            for round_ in range(rounds):
                name = f"{latency}.{round_}"
                rates["ours"].append(_ours(office, f"A{name}", count))
                rates["theirs"].append(_theirs(office, client, f"B{name}", count, threads=1))
                rates["threads"].append(_theirs(office, client, f"C{name}", count, threads=THREADS))
                rates["dlt"].append(_dlt(office, f"D{name}", count))
        office.control("switches", {"latency_ms": 0})
        found += _figures(latency, {name: statistics.median_low(each) for name, each in rates.items()})
    return found


def _figures(latency: int, rates: dict[str, Rate]) -> list[Figure]:
    (ours, our_work), (theirs, their_work), (threaded, threads_work), (dlt, dlt_work) = (
        rates[name] for name in ("ours", "theirs", "threads", "dlt")
    )
    group, unit = "Rows per second, limits off", "rows/s"
    promised = "2,000" if latency else "more than python-quickbooks and dlt"
    kept = ours >= 2000 if latency else ours > max(theirs, dlt)
    return [
        Figure(group=group, name=f"ours, {latency} ms latency", value=ours, unit=unit, target=promised, met=kept,
               note=f"{ours / theirs:.2f} x python-quickbooks, {ours / threaded:.2f} x its threads; ledger and all; {_work(our_work)}"),
        Figure(group=group, name=f"python-quickbooks batch_create, {latency} ms", value=theirs, unit=unit, note=_work(their_work)),
        Figure(group=group, name=f"the same on {THREADS} threads, {latency} ms", value=threaded, unit=unit,
               note=f"the threads are ours; {_work(threads_work)}"),
        Figure(group=group, name=f"dlt with a small destination, {latency} ms", value=dlt, unit=unit, note=_work(dlt_work)),
    ]  # fmt: skip


def _work(seconds_a_thousand: float) -> str:
    return f"{seconds_a_thousand:.2f} s of the client's processor time per 1,000 rows"


def _timed(act: Callable[[], object], count: int) -> Rate:
    worked = time.process_time()
    taken = seconds(act)
    return count / taken, (time.process_time() - worked) / count * 1000


def _ours(office: Office, name: str, count: int) -> Rate:
    rows = list(planned(office, name, count))
    with open_run(office.environment, name, "benchmark") as run:
        before = office.invoices_in_quickbooks()
        rate = _timed(lambda: write_and_push(run, rows, count), count)
        must_be_whole(office, run, before, count)
    return rate


def _dlt(office: Office, name: str, count: int) -> Rate:
    load = loader(office, name, [invoice(office, name, number) for number in range(count)])
    before = office.invoices_in_quickbooks()
    rate = _timed(load, count)
    if (created := office.invoices_in_quickbooks() - before) != count:
        raise RuntimeError(f"dlt made {created} of {count} invoices.")
    return rate


def _theirs(office: Office, client: QuickBooks, name: str, count: int, *, threads: int) -> Rate:
    bodies = [invoice(office, name, number) for number in range(count)]
    invoices = [Invoice.from_json(_with_numbers(body)) for body in bodies]
    lists = [invoices[at : at + MAX_ITEMS] for at in range(0, count, MAX_ITEMS)]
    before = office.invoices_in_quickbooks()
    rate = _timed(lambda: _create(lists, client, threads), count)
    created = office.invoices_in_quickbooks() - before
    if created != count:
        raise RuntimeError(f"python-quickbooks made {created} of {count} invoices.")
    return rate


def _create(lists: Sequence[list[Invoice]], client: QuickBooks, threads: int) -> None:
    if threads == 1:
        for each in lists:
            batch_create(each, qb=client)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda each: batch_create(each, qb=client), lists))


def _with_numbers(body: dict) -> dict:
    """python-quickbooks speaks plain JSON: its amounts are floats."""
    lines = [{**line, "Amount": float(line["Amount"])} for line in body["Line"]]
    return {**body, "Line": lines}


@contextmanager
def _python_quickbooks(office: Office) -> Iterator[QuickBooks]:
    """The client as its README sets it up; only its addresses are the emulator's."""
    server = office.quickbooks

    class Here(QuickBooks):
        sandbox_api_url_v3 = f"{server.base_url}/v3"

    auth = AuthClient(
        client_id=server.client_id,
        client_secret=server.client_secret,
        environment=f"{server.auth_base_url}/.well-known/openid_sandbox_configuration/",
        redirect_uri="http://localhost/callback",
        access_token=server.access_token,
    )
    client = Here(
        auth_client=auth, refresh_token=server.refresh_token, company_id=server.realm_id, minorversion=75
    )
    client.sandbox = True
    with patch.dict(os.environ, {"OAUTHLIB_INSECURE_TRANSPORT": "1"}):  # oauthlib's own switch for http
        yield client
    if client.session is not None:
        client.session.close()
