"""A run is taken back at the desk: a preview says what would be undone and what not, its plan is approved like any other."""

import datetime as dt
import uuid

from rentaxis_pipelines.model.sync_request import UndoneRun
from rentaxis_pipelines_tests.web.desk.conftest import Office, words

WEEK = {"first_day": dt.date(2026, 10, 1), "last_day": dt.date(2026, 10, 7)}

LATER = dt.date(2026, 10, 20)


def pushed(office: Office) -> str:
    """The id of a run that pushed a week."""
    results = office.chain.sync("customers", "invoices", "payments", **WEEK)
    return next(iter(results.values())).run_id


def a_form(office: Office) -> str:
    """Where a form of the desk is, to be sent from."""
    return f"/plans/{office.chain.preview('expenses', first_day=LATER)}"


def undo(office: Office, run: str, *, preview: bool) -> str:
    """What the run does that the button starts; its id."""
    with office.chain.engine(undo=UndoneRun(run_id=run), preview=preview) as engine:
        engine.sync()
    return engine.run.run_id


def test_an_undo_is_a_preview_first_and_is_carried_out_by_its_approval(office: Office):
    """What would be taken back, row by row; what somebody changed since is refused with its number and the reason."""
    run = pushed(office)
    paid = next(
        invoice for invoice in office.chain.objects("Invoice") if "INV-" in str(invoice.get("DocNumber"))
    )
    office.chain.write(
        "Invoice",
        {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True, "DueDate": "2026-12-24"},
    )
    form_on = a_form(office)
    answer = office.post(f"/runs/{run}/undo", form_on=form_on)
    launched = office.launched()
    assert answer.headers["location"].endswith(f"/runs/{launched.run_id}"), words(answer)
    assert launched.job_name == "undo_run__demo"
    assert (launched.tags["undo"], launched.tags["preview"]) == (run, "yes")
    runs = office.instance.get_runs_count()
    office.post(f"/runs/{run}/undo", form_on=form_on)
    assert office.instance.get_runs_count() == runs, "a second click finds it"
    plan = undo(office, run, preview=True)
    page = office.get(f"/plans/{plan}")
    said = words(page)
    assert "Undo the run of" in said
    assert "void" in said.lower()
    refused = words(office.get(f"/plans/{plan}", doing="not sent"))
    assert f"Invoice {paid['DocNumber']}" in refused
    assert "QuickBooks" in refused.partition(f"Invoice {paid['DocNumber']}")[2]
    assert "Approve and push" in said
    results = office.chain.approve(plan)
    assert {row.status for row in results.values()} >= {"updated"}
    assert "It was pushed by" in words(office.get(f"/plans/{plan}"))


def test_a_run_with_nothing_to_take_back_says_why(office: Office):
    """A preview, one that wrote nothing, one that was undone, one that is not there: no run is launched."""
    runs = office.instance.get_runs_count()
    run = pushed(office)
    form_on = a_form(office)
    plan = form_on.removeprefix("/plans/")
    nothing = next(iter(office.chain.sync("invoices", **WEEK).values())).run_id
    undo(office, run, preview=False)
    for run_id, sentence in {
        plan: "This run was a preview: it wrote nothing, so there is nothing to undo.",
        nothing: "This run wrote nothing to QuickBooks, so there is nothing to undo.",
        run: "This run has already been undone, by a test on",
    }.items():
        answer = office.post(f"/runs/{run_id}/undo", form_on=form_on)
        assert answer.status_code == 400
        assert sentence in words(answer)
    assert office.post(f"/runs/{uuid.uuid4()}/undo", form_on=form_on).status_code == 404
    assert office.post(f"/runs/{run}/undo", "oscar", form_on=form_on).status_code == 403
    assert office.instance.get_runs_count() == runs
