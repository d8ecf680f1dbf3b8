"""Rows per second, limits off: our engine with its ledger, python-quickbooks and dlt, by turns on one server.

All send the same invoices in batches of 30. Ours writes plan, requests, answers, links and results to Postgres on the way;
python-quickbooks keeps nothing. It is fed 30 at a time, because its own cutting of a long list is quadratic; and it is shown
once more on ten threads, which it does not offer itself. dlt has a small destination (``with_dlt``), as it comes and tuned to ten
threads; it keeps no answers.
"""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple
from unittest.mock import patch

from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.objects import Invoice

from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import (
    MeasuredCompany,
    Worked,
    invoice,
    must_be_whole,
    planned,
    seconds,
    write_and_push,
)
from rentaxis_pipelines_bench.with_dlt import loader

THREADS = 10
GROUP = "Rows per second, limits off"
OURS = "ours"
PYTHON_QUICKBOOKS = "python-quickbooks batch_create"
PYTHON_QUICKBOOKS_THREADS = f"the same on {THREADS} threads of ours"
DLT = "dlt with a small destination"
DLT_THREADS = f"the same, tuned to its {THREADS} threads"


class Rate(NamedTuple):
    """Rows a second, and the processor time of a thousand rows."""

    rows: float
    work: Worked


def measure(measured: MeasuredCompany, count: int, rounds: int) -> list[Figure]:
    """Median rows per second at 0 and at 50 ms, each contender once a round; another one begins each round."""
    figures: list[Figure] = []
    for latency in (0, 50):
        measured.control("switches", {"latency_ms": latency})
        rates: dict[str, list[Rate]] = {}
        with _python_quickbooks(measured) as client:
            contenders: dict[str, Callable[[str], Rate]] = {
                OURS: lambda name: _ours(measured, name, count),
                PYTHON_QUICKBOOKS: lambda name: _theirs(measured, client, name, count, threads=1),
                PYTHON_QUICKBOOKS_THREADS: lambda name: _theirs(
                    measured, client, name, count, threads=THREADS
                ),
                DLT: lambda name: _dlt(measured, name, count, threads=False),
                DLT_THREADS: lambda name: _dlt(measured, name, count, threads=True),
            }
            lettered = list(zip("ABCDE", contenders.items(), strict=True))
            for round_ in range(rounds):
                first = round_ % len(lettered)
                for letter, (who, push) in lettered[first:] + lettered[:first]:
                    rates.setdefault(who, []).append(push(f"{letter}{latency}.{round_}"))
        measured.control("switches", {"latency_ms": 0})
        in_order = {who: rates[who] for who in contenders}
        figures += _figures(
            latency, {who: statistics.median_low(each) for who, each in in_order.items()}, in_order
        )
    return figures


def _figures(latency: int, rates: dict[str, Rate], each_round: dict[str, list[Rate]]) -> list[Figure]:
    ours, rounds = rates[OURS].rows, len(each_round[OURS])
    ahead = rounds_ahead(
        [each.rows for each in each_round[OURS]],
        [[each.rows for each in theirs] for who, theirs in each_round.items() if who != OURS],
    )
    of_all = Figure(
        group=GROUP,
        name=f"rounds in which ours was ahead of every other, {latency} ms",
        value=ahead,
        unit=f"of {rounds}",
        target="9 of 10",
        met=ahead >= rounds * 0.9,
    )
    fast_enough = {"target": "3,000", "met": ours >= 3000} if latency else {}
    return [
        *(
            Figure(
                group=GROUP,
                name=f"{who}, {latency} ms",
                value=rate.rows,
                unit="rows/s",
                note=f"{_work(rate.work)}{'; ledger and all' if who == OURS else f'; ours is {ours / rate.rows:.2f} x'}",
                **(fast_enough if who == OURS else {}),
            )
            for who, rate in rates.items()
        ),
        of_all,
    ]


def rounds_ahead(ours: Sequence[float], others: Sequence[Sequence[float]]) -> int:
    """In how many rounds ours was faster than each of the others."""
    return sum(mine > max(theirs) for mine, theirs in zip(ours, zip(*others, strict=True), strict=True))


def _work(work: Worked) -> str:
    return (
        f"processor time of 1,000 rows: client {work.client:.2f} s, Postgres {work.postgres:.2f} s, QuickBooks {work.quickbooks:.2f} s, "
        f"together {sum(work):.2f} s"
    )


def _timed(measured: MeasuredCompany, act: Callable[[], object], count: int) -> Rate:
    before = measured.worked()
    taken = seconds(act)
    spent = [(now - then) / count * 1000 for then, now in zip(before, measured.worked(), strict=True)]
    return Rate(count / taken, Worked(*spent))


def _ours(measured: MeasuredCompany, name: str, count: int) -> Rate:
    rows = list(planned(measured, name, count))
    with measured.engine(name) as engine:
        before = measured.invoices_in_quickbooks()
        rate = _timed(measured, lambda: write_and_push(engine, rows, count), count)
        must_be_whole(measured, engine.run, before, count)
    return rate


def _dlt(measured: MeasuredCompany, name: str, count: int, *, threads: bool) -> Rate:
    load = loader(
        measured, name, [invoice(measured, name, number) for number in range(count)], threads=threads
    )
    before = measured.invoices_in_quickbooks()
    rate = _timed(measured, load, count)
    if (created := measured.invoices_in_quickbooks() - before) != count:
        raise RuntimeError(f"dlt made {created} of {count} invoices.")
    return rate


def _theirs(measured: MeasuredCompany, client: QuickBooks, name: str, count: int, *, threads: int) -> Rate:
    bodies = [invoice(measured, name, number) for number in range(count)]
    invoices = [Invoice.from_json(_with_numbers(body)) for body in bodies]
    lists = [invoices[at : at + MAX_ITEMS] for at in range(0, count, MAX_ITEMS)]
    before = measured.invoices_in_quickbooks()
    rate = _timed(measured, lambda: _create(lists, client, threads), count)
    created = measured.invoices_in_quickbooks() - before
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
def _python_quickbooks(measured: MeasuredCompany) -> Iterator[QuickBooks]:
    """The client as its README sets it up; only its addresses are the emulator's."""
    server = measured.quickbooks

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
