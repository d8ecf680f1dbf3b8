"""A plan is approved by a tag of the run or a small form, without a line of YAML, and shown like a push of its days."""

import pytest

from rentaxis_pipelines.orchestration.names import PUSH_APPROVED

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FIRST, LAST = "2026-05-01", "2026-05-02"


def approve(running_company, config=None, **tags: str):
    """The job with these tags, and a form only where one is given."""
    form = {"ops": {"push_the_plan": {"config": config}}} if config else {}
    return running_company.execute(PUSH_APPROVED, form, {"requested_by": "Ann", **tags})


def sent(running_company) -> set[tuple[str, str]]:
    """The records that were ever written to QuickBooks."""
    return {
        (row["source_type"], row["source_id"])
        for row in running_company.sql(
            "select source_type, source_id from ledger.row_results where status in ('created', 'updated')"
        )
    }


def planned(running_company, run_id: str) -> set[tuple[str, str]]:
    """The records of a preview that its approval is to write."""
    return {
        (row["source_type"], row["source_id"])
        for row in running_company.sql(
            "select source_type, source_id from ledger.row_results where run_id = %s and reason_code = 'preview'", run_id
        )
    }  # fmt: skip


def kept(running_company) -> list[tuple[int, bool]]:
    """Of each plan how many rows to be sent stand in the order they are read, and whether it was summed up."""
    return [
        (row["lines"], row["summed_up"])
        for row in running_company.sql(
            """select p.summary is not null as summed_up, (select count(*) from ledger.plan_lines l
                 where l.preview_id = p.preview_id and l.doing <> 'not sent') as lines from ledger.previews p order by created_at"""
        )
    ]


def test_a_plan_is_pushed_by_its_tag_alone_and_shown_like_a_push_of_its_days(running_company):
    """The tag holds the 8 characters people see. Its days count as pushed; who approved it and what kind of run it was is on the list."""
    looked = running_company.launch("bulk_sync_preview", FIRST, LAST)
    assert looked.success, looked.why
    to_send = planned(running_company, looked.run_id)
    assert running_company.writes() == 0
    assert kept(running_company) == [(len(to_send), True)], "what it comes to is kept for whoever looks at it"

    pushed = approve(running_company, plan=looked.run_id[:8])

    assert pushed.success, pushed.why
    assert sent(running_company) == to_send != set()
    days = pushed.metadata("sync_results")
    assert set(days) == {FIRST, LAST}
    assert days[FIRST]["created"] > 0
    assert set(pushed.metadata("sync/invoices")) == {FIRST, LAST}
    assert pushed.checks["run_adds_up"].passed
    tags = running_company.instance.get_run_by_id(pushed.run_id).tags
    assert tags["kind"] == "approved"
    assert tags["days"] == f"{FIRST} to {LAST}"
    assert tags["counts"].endswith("rows")
    (plan,) = running_company.sql("select state, approved_by, pushed_by_run from ledger.previews")
    assert plan == {"state": "done", "approved_by": "Ann", "pushed_by_run": pushed.run_id}


def test_a_form_chooses_rows_and_the_tags_may_say_the_rest(running_company):
    """``without`` in the form, the plan by tag: the expenses are left out, each with that reason."""
    looked = running_company.launch("bulk_sync_preview", FIRST, LAST)
    pushed = approve(running_company, {"without": "expenses"}, plan=looked.run_id)
    assert pushed.success, pushed.why
    assert "expense" not in {source_type for source_type, _ in sent(running_company)}
    reasons = running_company.sql(
        "select distinct reason_code from ledger.row_results where run_id = %s and source_type = 'expense' and status = 'skipped'",
        pushed.run_id,
    )
    assert {"reason_code": "not_approved"} in reasons


def test_a_run_of_one_record_type_asks_for_that_type_alone(running_company):
    """What is planned again before anything is sent is what was previewed, no more."""
    looked = running_company.launch("bulk_sync", FIRST, LAST, preview="yes", types=["expenses"])
    assert looked.success, looked.why
    (plan,) = running_company.sql("select request from ledger.previews")
    (days,) = plan["request"]["days"]
    assert days["record_types"] == ["expenses"]
    assert approve(running_company, plan=looked.run_id).success
    assert {source_type for source_type, _ in sent(running_company)} <= {
        "expense",
        "expense_payment",
        "vendor",
    }


def test_a_run_that_policy_turned_into_a_preview_leaves_no_day_that_counts_as_pushed(
    running_company, company_file, monkeypatch, tmp_path
):
    """Nobody typed preview: the company wants to approve every run, through a range and through days apart."""
    file = tmp_path / "company.yaml"
    file.write_text(company_file.read_text().replace("policies:\n", "policies:\n  approval: always\n", 1))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(file))
    ranges = [{"first_day": FIRST, "last_day": FIRST}]
    days_apart = {"ops": {"push_days_apart": {"config": {"ranges": ranges}}}}
    for ended in (
        running_company.launch("bulk_sync", FIRST, LAST),
        running_company.execute("push_days", days_apart),
    ):
        assert ended.success, ended.why
        assert not ended.metadata("sync_results")
        assert not ended.metadata("sync/invoices")
        assert "would create" in ended.observed("sync_results")[None]["preview"]
        assert running_company.instance.get_run_by_id(ended.run_id).tags["kind"] == "preview"
        assert running_company.writes() == 0
    assert approve(running_company, plan=ended.run_id).success
    assert running_company.writes() > 0


WRONG = {
    "no plan": ({}, r"Which plan\?"),
    "an empty tag": ({"plan": " "}, "The tag plan is empty"),
    "a plan that does not exist": ({"plan": "ffffffff"}, "There is no plan ffffffff"),
    "too little of it": ({"plan": "f"}, "at least its first 4 characters"),
    "preview of what was previewed": ({"plan": "{plan}", "preview": "yes"}, "the tag preview means nothing here"),
    "force": ({"plan": "{plan}", "force": "yes"}, "the tag force means nothing here"),
    "only and without": ({"plan": "{plan}", "only": "invoices", "without": "expenses"}, "not both"),
    "only nothing": ({"plan": "{plan}", "only": " "}, "The tag only is empty"),
    "only a comma": ({"plan": "{plan}", "only": ","}, "',' names no rows"),
    "rows of another plan": ({"plan": "{plan}", "only": "INV-999999"}, "'INV-999999' is none of the rows"),
    "a run to undo": ({"plan": "{plan}", "undo": "{plan}"}, "The tag undo is for undo_run, not for push_approved"),
}  # fmt: skip


def test_what_cannot_be_approved_is_refused_in_a_sentence_and_the_plan_stays_as_it_was(running_company):
    """Nothing is sent, nothing is approved; the form and the tag must agree; a tag of approval on any other job is refused there."""
    plan = running_company.launch("bulk_sync", FIRST, LAST, preview="yes", types=["expenses"]).run_id
    for case, (tags, sentence) in WRONG.items():
        ended = approve(
            running_company, **{name: value.replace("{plan}", plan) for name, value in tags.items()}
        )
        assert not ended.success, case
        assert any(part in ended.why for part in (sentence, sentence.replace("\\", ""))), (case, ended.why)
    differing = approve(running_company, {"plan": plan}, plan="ffffffff")
    assert "plan is given twice" in differing.why
    for name in ("plan", "only", "without", "undo"):
        elsewhere = running_company.launch("bulk_sync", FIRST, LAST, **{name: plan}, types=["expenses"])
        assert f"The tag {name} is for" in elsewhere.why
        assert "not for bulk_sync. Nothing was sent." in elsewhere.why
    assert running_company.writes() == 0
    assert running_company.sql("select state from ledger.previews") == [{"state": "planned"}]


def test_a_plan_is_pushed_once_and_a_superseded_one_never(running_company):
    older = running_company.launch("bulk_sync", FIRST, LAST, preview="yes", types=["expenses"]).run_id
    newer = running_company.launch("bulk_sync", FIRST, LAST, preview="yes", types=["expenses"]).run_id
    assert f"superseded by plan {newer[:8]}" in approve(running_company, plan=older).why
    assert running_company.writes() == 0
    assert approve(running_company, plan=newer).success
    written = running_company.writes()
    assert "A plan is pushed once" in approve(running_company, plan=newer).why
    assert running_company.writes() == written
