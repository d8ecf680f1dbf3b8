"""The pictures of the Dagster UI in the documents, made from a demo stack of their own: an accountant's day from the launch to the forced run.

    .venv/bin/python -m scripts.pictures

Takes about four minutes; most of them go by until Dagster's daemon looks around. Needs Chromium.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from PIL import Image

from rentaxis_pipelines.demo import services
from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.e2e.accountant import CHROMIUM, NO_CHROMIUM, Accountant, accountant
from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.support.sensor_switches import switch

ENDED = ("SUCCESS", "FAILURE", "CANCELED")  # of a run, in Dagster's words
PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
FIRST_DAY, LAST_DAY = "2026-05-01", "2026-10-31"
NAVIGATION = 240  # pixels on the left that are the same on every page
COLOURS = 64  # of a picture: enough for a screen of text, and a third of the bytes


def take_all(person: Accountant, running: Running) -> None:
    person.opens_job("bulk_sync__demo")
    person.chooses_days(FIRST_DAY, LAST_DAY)
    person.picture("launch")
    launched(person, running)
    invoice, day = an_invoice_that_failed(running)
    person.opens_results_of(day)
    person.opens_exceptions()
    person.picture("exceptions", left=125, top=35)  # the dialog that lies over the page
    person.opens_graph()
    person.picture("assets", left=540, top=110)
    person.page.set_viewport_size({"width": 1280, "height": 900})

    realm = running.stack.environment["QUICKBOOKS_REALM_ID"]
    switch(running.stack.pipelines_url, realm, "fixed_records", running=True)
    mend(running, invoice)
    running.until("the sensor's run", lambda: mended_runs(running), 180)
    person.opens_runs()
    person.picture("mended", left=NAVIGATION, bottom=380)
    person.opens_results_of(day)
    person.picture("gone_through", left=NAVIGATION, top=290)

    person.opens_job("bulk_sync_force__demo")
    person.chooses_days(f"{day[:7]}-01", f"{day[:7]}-28")
    launched(person, running)
    person.opens_results_of(day)
    person.picture("forced", left=NAVIGATION, top=290)


def launched(person: Accountant, running: Running) -> None:
    """The chosen days, launched and pushed."""
    run = dagster_ui.run_of(running.ask, person.opens_run_of(person.launches()))
    if run["status"] != "SUCCESS":
        running.fail(f"The run ended as {run}.")


def an_invoice_that_failed(running: Running) -> tuple[str, str]:
    """One whose status RentAxis is not known to use, and its day."""
    with psycopg.connect(running.stack.pipelines_url) as connection:
        found = connection.execute(
            """select source_id, day::text from ledger.row_results
               where source_type = 'invoice' and reason_code = 'unknown_source_value' order by source_id limit 1"""
        ).fetchone()
    assert found is not None
    return found


def mend(running: Running, invoice: str) -> None:
    """What somebody does in RentAxis who read the exception."""
    with psycopg.connect(running.stack.rentaxis_url) as connection:
        connection.execute(
            "update rentaxis.invoices set status = 'sent', updated_at = now() where id::text = %s", [invoice]
        )


def mended_runs(running: Running) -> list[dict[str, Any]] | None:
    """The runs that a sensor launched because records were mended, once they have ended."""
    runs = dagster_ui.runs_tagged(running.ask, "requested_by", "sensor: records fixed")
    return runs if runs and all(run["status"] in ENDED for run in runs) else None


def make_small(folder: Path, names: str) -> None:
    """The same pictures with few colours."""
    for path in sorted(folder.glob(names)):
        few = Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    if not CHROMIUM:
        sys.exit(f"No pictures: {NO_CHROMIUM}.")
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as name,
        demo_stack.running(folder=Path(name)) as stack,
        services.dagster_services(Path(name) / "logs") as url,
        accountant(url, PICTURES) as somebody,
    ):
        take_all(somebody, Running(stack, url, Path(name) / "logs"))
    for name in ("assets", "exceptions", "forced", "gone_through", "launch", "mended"):
        make_small(PICTURES, f"{name}.png")
