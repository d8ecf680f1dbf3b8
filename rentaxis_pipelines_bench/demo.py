"""What stands in for the real world is no bottleneck: the emulated QuickBooks by itself, and the making of a large portfolio."""

import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

import msgspec
import requests

from quickbooks_emulator import server as emulator
from quickbooks_emulator.batch import LARGEST_BATCH
from rentaxis_pipelines.demo import portfolio, postgres
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import seconds

ITEMS_A_SECOND, LOOKUP_MILLISECONDS, PORTFOLIO_SECONDS = 3_000, 10, 60  # promised
ROUNDS, BATCHES, LOOKUPS = 5, 20, 15
GROUP = "The emulated QuickBooks by itself"
LOOKED_UP = (
    "SELECT * FROM Invoice WHERE DocNumber = '3-7-11'",
    "SELECT * FROM Invoice WHERE DocNumber IN ('0-0-1', '4-19-29')",
    "SELECT * FROM Customer WHERE DisplayName = 'Terrence Boyd'",
    "SELECT * FROM Invoice WHERE Id = '77'",
)


def measure(units: int, months: int = 36) -> list[Figure]:
    """Batches and look-ups over HTTP, then a database with ``units`` homes over three years."""
    return [*_emulator(), _portfolio(units, months)]


def _emulator() -> list[Figure]:
    with (
        emulator.start(seed="demo", switches={"log_bodies": False}) as company,
        requests.Session() as session,
    ):
        session.headers.update(
            {"Authorization": f"Bearer {company.access_token}", "Accept": "application/json"}
        )
        root = f"{company.base_url}/v3/company/{company.realm_id}"

        def round_of_batches(number: int) -> None:
            for batch in range(BATCHES):
                answer = session.post(
                    f"{root}/batch",
                    _batch(number, batch),
                    headers={"Content-Type": "application/json"},
                    timeout=60,
                )
                if answer.content.count(b'"Fault"') or not answer.ok:
                    raise RuntimeError(f"The emulator refused a batch ({answer.status_code}).")

        def look_up(statement: str) -> None:
            session.get(f"{root}/query", params={"query": statement}, timeout=60).raise_for_status()

        best = min(seconds(partial(round_of_batches, number)) for number in range(ROUNDS))
        slowest = max(
            statistics.median(seconds(partial(look_up, statement)) for _ in range(LOOKUPS))
            for statement in LOOKED_UP
        )
    rate, milliseconds = BATCHES * LARGEST_BATCH / best, slowest * 1000
    return [
        Figure(group=GROUP, name="batch items, best of five rounds", value=rate, unit="items/s", target=f"{ITEMS_A_SECOND:,}", met=rate >= ITEMS_A_SECOND),
        Figure(group=GROUP, name="the slowest look-up by an index", value=milliseconds, unit="ms", target=f"under {LOOKUP_MILLISECONDS} ms", met=milliseconds < LOOKUP_MILLISECONDS),
    ]  # fmt: skip


def _batch(number: int, batch: int) -> bytes:
    detail = {"ItemRef": {"value": "1"}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    items = [
        {
            "bId": str(item),
            "Invoice": {
                "CustomerRef": {"value": "58"},
                "DocNumber": f"{number}-{batch}-{item}",
                "Line": [line],
            },
        }
        for item in range(LARGEST_BATCH)
    ]
    return msgspec.json.encode({"BatchItemRequest": items})


def _portfolio(units: int, months: int) -> Figure:
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-bench-"))
    server = postgres.start(folder / "postgres", durable=True)
    try:
        taken = seconds(lambda: portfolio.create_demo_database(server, units=units, months=months))
    finally:
        server.stop()
        shutil.rmtree(folder)
    allowed = PORTFOLIO_SECONDS * units / 1_000
    return Figure(
        group="The made-up portfolio", name=f"{units:,} units over {months} months, made and loaded", value=taken, unit="s",
        target=f"under {allowed:,.0f} s", met=taken < allowed,
    )  # fmt: skip
