"""What was changed in QuickBooks since we wrote it: kept as it is there, or written again, by a person who saw both."""

import datetime as dt
import re
from html import unescape

from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.web.desk.conftest import Office, words

WEEK = {"first_day": dt.date(2026, 10, 1), "last_day": dt.date(2026, 10, 7)}


def prove(office: Office) -> None:
    """Compare the two, as the reconcile job does."""
    with office.chain.run() as run:
        reconcile(run, office.chain.environment, context_of(run, office.chain.company))


def edit(office: Office, number: str, **fields: object) -> None:
    """What an accountant does by hand in QuickBooks."""
    (invoice,) = office.chain.objects("Invoice", f"DocNumber = '{number}'")
    body = {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"], "sparse": True, **fields}
    office.chain.write("Invoice", body)


def due(office: Office, number: str) -> str:
    """The due date of the invoice in QuickBooks."""
    (invoice,) = office.chain.objects("Invoice", f"DocNumber = '{number}'")
    return invoice["DueDate"]


def numbers(office: Office) -> list[str]:
    """The numbers of our invoices in QuickBooks."""
    found = (str(invoice.get("DocNumber", "")) for invoice in office.chain.objects("Invoice"))
    return sorted(number for number in found if number.startswith("INV-"))


def form_of(answer, label: str) -> dict[str, str]:
    """The form of the record with that label, as the browser sends it."""
    card = next(part for part in answer.text.split('<section class="card"') if f">{label}<" in part)
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', card.partition("</form>")[0])
    return {name: unescape(value) for name, value in hidden if name != "form_token"}


def test_an_edit_is_kept_until_it_is_another_one_or_written_again_by_name(office: Office):
    """Field by field with both values; a kept one leaves the list, no sync touches it, and a new edit brings it back."""
    chain = office.chain
    assert "has not been compared with RentAxis yet" in words(office.get("/drift", "vera"))
    chain.sync("customers", "invoices", **WEEK)
    first, second = numbers(office)[:2]
    edit(office, first, DueDate="2026-12-24")
    edit(office, second, DueDate="2026-12-25")
    prove(office)
    shown = office.get("/drift", "vera")
    said = words(shown)
    assert "To decide (2)" in said
    assert "2026-12-24" in said
    assert "Due date" in said
    assert "Keep theirs" not in said, "a viewer decides nothing"
    page = office.get("/drift", "oscar")
    assert "Write ours" in words(page)
    kept = office.post("/drift/keep", "oscar", form_on="/drift", **form_of(page, f"Invoice {first}"))
    assert f"Invoice {first} stays as QuickBooks has it" in words(office.follow(kept, "oscar"))
    twice = office.post("/drift/keep", "ann", form_on="/drift", **form_of(page, f"Invoice {first}"))
    assert "oscar decided on Nov 3, 2026, 12:00 PM to keep" in words(office.follow(twice))
    assert "To decide (1)" in words(office.get("/drift"))
    assert "oscar decided to keep this" in words(office.get("/drift", kept="yes"))
    # No plain sync overwrites what RentAxis has not changed.
    results = chain.sync("invoices", **WEEK)
    unchanged = [row for row in results.values() if row.source_label == f"Invoice {first}"]
    assert [row.reason_code for row in unchanged] == ["unchanged"]
    assert due(office, first) == "2026-12-24"
    # Edited once more in QuickBooks: nobody has decided about that.
    edit(office, first, DueDate="2026-12-31")
    prove(office)
    assert "To decide (2)" in words(office.get("/drift"))
    stale = office.post("/drift/keep", form_on="/drift", **form_of(page, f"Invoice {first}"))
    assert stale.status_code == 400
    assert "has been changed again since this page was opened" in words(stale)
    written = office.post(
        "/drift/write", form_on="/drift", **form_of(office.get("/drift"), f"Invoice {second}")
    )
    run = office.launched()
    assert written.headers["location"].endswith(f"/runs/{run.run_id}")
    form = run.run_config["ops"]["push_one_record"]["config"]
    assert (run.job_name, form["record_type"], run.tags["force"]) == ("push_record__demo", "invoice", "yes")
    runs = office.instance.get_runs_count()
    office.post("/drift/write", form_on="/drift", **form_of(office.get("/drift"), f"Invoice {second}"))
    assert office.instance.get_runs_count() == runs, "a second click finds it"
    pushed = chain.push_record("invoice", form["source_id"].removeprefix("id:"), force=True)
    assert pushed is not None and pushed.status == "updated"
    assert due(office, second) != "2026-12-25"
    assert "It was pushed again" in words(office.get("/drift"))


def test_what_was_kept_can_be_decided_again(office: Office):
    """It is on the list again, and can be written."""
    office.chain.sync("customers", "invoices", **WEEK)
    number = numbers(office)[0]
    edit(office, number, DueDate="2026-12-24")
    prove(office)
    office.post("/drift/keep", form_on="/drift", **form_of(office.get("/drift"), f"Invoice {number}"))
    form = form_of(office.get("/drift", kept="yes"), f"Invoice {number}")
    refused = office.post("/drift/write", form_on="/drift?kept=yes", **form)
    assert "Nothing was pushed" in words(office.follow(refused))
    office.post("/drift/keep", form_on="/drift?kept=yes", **form)
    assert "To decide (1) Kept as QuickBooks has it (0)" in words(office.get("/drift"))
    assert office.post("/drift/keep", "vera", form_on="/drift").status_code == 403
    assert office.post("/drift/write", "vera", form_on="/drift").status_code == 403
