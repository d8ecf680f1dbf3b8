"""A plan that a person looked at: what was approved of it is pushed, once, and nothing else."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from rentaxis_pipelines.ledger import previews
from rentaxis_pipelines.ledger.company_states import states_of
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.sync_request import ApprovedPlan, over
from rentaxis_pipelines.notices.facts import ask_ledger
from rentaxis_pipelines.sync.guard import UnusualPlan
from rentaxis_pipelines.sync.resync.sensor_context import days_to_approve


@pytest.fixture
def day(company):
    return company.another_day()


@pytest.fixture
def two_invoices(company, rentaxis, day):
    """Invoices of a new tenant on a day of their own, and a payment of the first of them."""
    tenant = company.tenant(f"Payer of {day}", day)
    first = rentaxis.invoice(tenant, "100.00", day=day)
    second = rentaxis.invoice(tenant, "200.00", day=day)
    payment = rentaxis.payment(tenant, "60.00", (first, "60.00"), day=day)
    return tenant, first, second, payment


def preview(chain, day, *types, **choice):
    return chain.preview(*types, first_day=day, last_day=day, **choice)


def stored(chain, plan):
    with chain.run() as run:
        (found,) = previews.meant(run.connection, run.realm, plan)
        return found


def sql(chain, statement):
    with chain.run() as run:
        run.connection.exec_driver_sql(statement)
        run.connection.commit()


def writes(accountant):
    return sum(len(accountant.all(entity)) for entity in ("Customer", "Invoice", "Payment"))


def test_a_preview_sends_nothing_and_is_no_push(chain, accountant, two_invoices, day):
    """It is stored as a plan, and the last push is still the one before."""
    before = writes(accountant)
    with chain.run() as run:
        pushed = states_of(run.connection, [run.realm])[run.realm].last_run
    plan = preview(chain, day)
    assert writes(accountant) == before
    assert stored(chain, plan).state == "planned"
    with chain.run() as run:
        assert states_of(run.connection, [run.realm])[run.realm].last_run == pushed
        seen = previews.rows_of(run.connection, run.realm, plan)
    kinds = [(row.record_type, row.action) for row in seen if row.status is None]
    assert kinds == [("customers", "create"), *[("invoices", "create")] * 2, ("payments", "create")]


def test_an_approved_plan_is_pushed_once_and_says_by_whom(chain, accountant, two_invoices, day):
    """The second approval is refused with the first one's name and run; nothing is sent by it."""
    _tenant, first, _second, _payment = two_invoices
    plan = preview(chain, day)
    results = chain.approve(plan, requested_by="Dana Reyes")
    assert {row.status for row in results.values()} == {"created"}
    assert Decimal(accountant.of("invoice", first)["Balance"]) == 40
    kept = stored(chain, plan)
    assert (kept.state, kept.approved_by) == ("done", "Dana Reyes")
    before = writes(accountant)
    with pytest.raises(CannotLaunch, match=r"was approved by Dana Reyes on .* A plan is pushed once"):
        chain.approve(plan)
    assert writes(accountant) == before
    again = chain.sync(first_day=day, last_day=day)
    assert {row.reason_code for row in again.values()} == {"unchanged"}


def test_of_two_approvals_at_once_one_is_carried_out(chain, accountant, two_invoices, day):
    """Every record once; the other person reads who approved it."""
    plan = preview(chain, day)

    def approve(who):
        try:
            return chain.approve(plan, requested_by=who)
        except CannotLaunch as error:
            return str(error)

    with ThreadPoolExecutor(2) as both:
        ends = list(both.map(approve, ["Dana", "Alex"]))
    refused = [end for end in ends if isinstance(end, str)]
    assert len(refused) == 1
    assert "A plan is pushed once" in refused[0]
    for invoice in two_invoices[1:3]:
        assert len(accountant.all_of("invoice", invoice)) == 1


def test_what_a_person_leaves_out_is_not_sent_and_says_so(chain, accountant, two_invoices, day):
    """--without by type and by number; what hangs on nothing left out goes."""
    _, first, second, payment = two_invoices
    plan = preview(chain, day)
    results = chain.approve(plan, without=("payments", f"invoice:{second}"))
    assert results["invoice", str(first)].status == "created"
    for key in (("invoice", str(second)), ("payment", str(payment))):
        assert results[key].reason_code == "not_approved"
        assert "was left out when a test approved plan" in results[key].reason
    assert accountant.all_of("invoice", second) == []


def test_only_some_rows_are_approved(chain, accountant, two_invoices, day):
    """A record whose customer was not chosen waits for it, and a person reads so."""
    _, first, second, _ = two_invoices
    results = chain.approve(preview(chain, day), only=(f"invoice:{first}",))
    assert results["invoice", str(first)].reason_code == "waiting_for_parent"
    assert results["invoice", str(second)].reason_code == "not_approved"
    assert accountant.all_of("invoice", first) == []


def test_a_row_that_changed_since_is_not_sent_and_both_versions_are_said(
    chain, accountant, rentaxis, two_invoices, day
):
    """Changed, voided and new records stay where they are; the rest goes."""
    tenant, first, second, payment = two_invoices
    third = rentaxis.invoice(tenant, "300.00", day=day)
    plan = preview(chain, day)
    rentaxis.change("invoices", second, due_date=day + dt.timedelta(days=9))
    rentaxis.void("invoices", third)
    new = rentaxis.invoice(tenant, "400.00", day=day)
    results = chain.approve(plan)
    assert results["invoice", str(first)].status == "created"
    assert results["payment", str(payment)].status == "created"
    changed = results["invoice", str(second)]
    assert changed.reason_code == "changed_since_preview"
    assert f"due date {day + dt.timedelta(days=9)}" in changed.reason
    assert "was to be created" in changed.reason
    assert results["invoice", str(third)].reason_code == "changed_since_preview"
    assert "left as it is" in results["invoice", str(third)].reason
    assert results["invoice", str(new)].reason_code == "not_approved"
    assert [accountant.all_of("invoice", number) for number in (second, third, new)] == [[], [], []]


def test_a_record_that_left_the_days_is_named(chain, rentaxis, two_invoices, day):
    """It has a result, though no record of these days is it any more."""
    _, _, second, _ = two_invoices
    plan = preview(chain, day)
    rentaxis.erase("invoices", second)
    gone = chain.approve(plan)["invoice", str(second)]
    assert (gone.status, gone.reason_code) == ("failed", "changed_since_preview")
    assert "nothing is to be done about it any more" in gone.reason


def test_what_a_person_changed_in_quickbooks_since_is_left_alone(
    chain, accountant, rentaxis, two_invoices, day
):
    """An update that was approved on another state of the books."""
    _, first, second, _ = two_invoices
    chain.sync(first_day=day, last_day=day)
    for number in (first, second):
        rentaxis.change("invoices", number, due_date=day + dt.timedelta(days=20))
    plan = preview(chain, day)
    there = accountant.of("invoice", second)
    edit = {
        "deed": "edit",
        "entity": "Invoice",
        "id": there["Id"],
        "fields": {"PrivateNote": "Asked to wait"},
    }
    accountant.control("hand", edit)
    results = chain.approve(plan)
    assert results["invoice", str(first)].status == "updated"
    changed = results["invoice", str(second)]
    assert changed.reason_code == "changed_since_preview"
    assert accountant.all("Invoice")
    assert [found["PrivateNote"] for found in accountant.all("Invoice") if found["Id"] == there["Id"]] == [
        "Asked to wait"
    ]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("superseded", "was superseded by plan"),
        ("old", r"more than 14 days ago \(policies.preview_days\)"),
        ("interrupted", "was never finished"),
        ("unknown", "There is no plan feedc0de"),
        ("short", "at least its first 4 characters"),
        ("another's", "belongs to another QuickBooks company"),
        ("both", "not both"),
        ("nothing so named", "'INV-NONE' is none of the rows"),
    ],
)
def test_a_plan_that_cannot_be_approved_is_refused_with_a_sentence(
    chain, accountant, two_invoices, day, what, sentence
):
    """Nothing is sent, and the plan is as it was."""
    plan, choice = preview(chain, day), {}
    match what:
        case "superseded":
            preview(chain, day)
        case "old":
            sql(
                chain,
                f"update ledger.previews set created_at = now() - interval '15 days' where preview_id = '{plan}'",
            )
        case "interrupted":
            sql(chain, f"delete from ledger.single_results where run_id = '{plan}'")
            sql(chain, f"delete from ledger.plans where run_id = '{plan}' and record_type = 'payments'")
        case "unknown":
            plan = "feedc0de"
        case "short":
            plan = plan[:3]
        case "another's":
            sql(
                chain, f"update ledger.previews set realm = '4620816365180000001' where preview_id = '{plan}'"
            )
        case "both":
            choice = {"only": ("invoices",), "without": ("payments",)}
        case "nothing so named":
            choice = {"only": ("INV-NONE",)}
    before = writes(accountant)
    with pytest.raises(CannotLaunch, match=sentence) as refused:
        chain.approve(plan, **choice)
    assert "Nothing was sent." in str(refused.value)
    assert writes(accountant) == before


def test_a_push_that_was_interrupted_is_finished_as_it_was_approved(chain, accountant, two_invoices, day):
    """The run dies between its record types; approving again goes on with the same rows, another choice is refused."""
    _, first, second, payment = two_invoices
    plan = preview(chain, day)

    class Killed(BaseException):
        pass

    def dies(progress):
        if progress.answered >= 2:
            raise Killed

    asked = ApprovedPlan(preview_id=plan, without=(f"invoice:{second}",))
    with pytest.raises(Killed), chain.engine(approved=asked, requested_by="Dana Reyes") as engine:
        engine.run.progress.listeners.append(dies)
        engine.sync()
    assert stored(chain, plan).state == "pushing"
    with pytest.raises(CannotLaunch, match="its push was interrupted"):
        chain.approve(plan, only=("payments",))
    results = chain.approve(plan, requested_by="Alex Kim")
    assert stored(chain, plan).state == "done"
    assert stored(chain, plan).approved_by == "Dana Reyes"
    assert results["invoice", str(second)].reason_code == "not_approved"
    assert len(accountant.all_of("invoice", first)) == 1
    assert len(accountant.all_of("payment", payment)) == 1
    assert accountant.all_of("invoice", second) == []


def test_a_push_that_was_interrupted_twice_knows_what_both_runs_pushed(chain, accountant, two_invoices, day):
    """Forced rows that went before are said to have been pushed, not to have been changed by somebody."""
    tenant, first, second, _ = two_invoices
    chain.sync(first_day=day, last_day=day)
    chain.rentaxis(
        "update tenants set email = %s, updated_at = now() where id = %s", f"{day}@example.com", tenant[1]
    )
    plan = preview(chain, day, force=True)

    class Killed(BaseException):
        pass

    def dies_after(rows):
        def dies(progress):
            if progress.answered >= rows:
                raise Killed

        return dies

    for _ in range(2):
        with pytest.raises(Killed), chain.engine(approved=ApprovedPlan(preview_id=plan)) as engine:
            engine.run.progress.listeners.append(dies_after(1))
            engine.sync()
    results = chain.approve(plan)
    assert stored(chain, plan).state == "done"
    assert len(stored(chain, plan).interrupted_runs) == 2
    assert results["tenant", str(tenant[1])].reason_code == "unchanged"
    assert [row.reason for row in results.values() if row.reason_code == "changed_since_preview"] == []
    for invoice in (first, second):
        assert len(accountant.all_of("invoice", invoice)) == 1


class TestWhenAnApprovalIsNeeded:
    def test_always_every_bulk_run_becomes_a_plan(self, chain, accountant, policies, two_invoices, day):
        """Also a forced one; approving it pushes it. A single record that a person names goes at once."""
        policies(approval="always")
        before = writes(accountant)
        with chain.engine(days=over(day, day)) as engine:
            engine.sync()
        assert writes(accountant) == before
        assert engine.request.preview
        assert stored(chain, engine.run.run_id).why == "policy"
        results = chain.approve(engine.run.run_id)
        for invoice in two_invoices[1:3]:
            assert results["invoice", str(invoice)].status == "created"

    def test_nothing_starts_again_by_itself_on_days_that_wait_for_an_approval(
        self, chain, policies, two_invoices, day
    ):
        """Neither missed nights nor edits: their turn comes when the plan was approved, or is too old for that. The notice says so."""
        policies(approval="always")

        def waiting(days_later=0):
            with chain.run() as run:
                now = run.now() + dt.timedelta(days=days_later)
                return days_to_approve(run.connection, chain.company, run.realm, now)

        with chain.engine(days=over(day, day)) as engine:
            engine.sync()
        url = chain.environment.pipelines_database_url.get_secret_value()

        def told():
            return ask_ledger(url, engine.run.realm, engine.run.run_id, details=False).plan

        assert told() == engine.run.run_id[:8]
        assert day in waiting()
        assert day not in waiting(days_later=15)
        chain.approve(engine.run.run_id)
        assert day not in waiting()
        assert told() is None

    def test_only_the_first_run_needs_one(self, chain, policies, two_invoices, day):
        """Once anything was pushed, runs go by themselves."""
        policies(approval="first_run")
        chain.sync("customers", first_day=day, last_day=day)
        with chain.engine(days=over(day, day)) as engine:
            engine.sync()
        assert not engine.request.preview

    def test_unusual_runs_need_one_and_no_tag_lifts_that(
        self, chain, accountant, policies, two_invoices, day
    ):
        """What the guard holds back is stored as a plan; approving it pushes exactly that."""
        guard = chain.company.policies.guard.model_copy(update={"rows": 1})
        policies(approval="unusual", guard=guard)
        with chain.engine(days=over(day, day, "invoices"), confirm_unusual=True) as engine:
            done = engine.sync()
        assert len(done.held) == 1
        assert "confirm_unusual" not in done.held[0]
        with chain.run() as run:
            (plan, *_) = previews.waiting(run.connection, run.realm)
        assert plan.why == "guard"
        assert f"rentaxis-sync approve {plan.short_id}" in done.held[0]
        rows = chain.results_of(engine.run.run_id)
        assert {row.reason_code for row in rows} == {"held_back"}
        results = chain.approve(plan.preview_id)
        assert results["invoice", str(two_invoices[1])].status == "created"

    def test_the_guard_alone_offers_both_ways(self, chain, policies, two_invoices, day):
        """Where the company asks for no approvals, a person may still confirm by tag."""
        policies(guard=chain.company.policies.guard.model_copy(update={"rows": 1}))
        with chain.engine(days=over(day, day, "invoices")) as engine, pytest.raises(UnusualPlan) as held:
            engine.carry_out(engine.plan("invoices"))
        assert "confirm_unusual" in str(held.value)
        assert "rentaxis-sync approve" in str(held.value)


class TestForceAndWhatAPersonEdited:
    def test_it_waits_for_an_approval_while_the_rest_goes(self, chain, accountant, two_invoices, day):
        """The plan holds what would be overwritten and nothing else; approving it overwrites."""
        _, first, second, _ = two_invoices
        chain.sync(first_day=day, last_day=day)
        there = accountant.of("invoice", second)
        edit = {"deed": "edit", "entity": "Invoice", "id": there["Id"]}
        accountant.control("hand", {**edit, "fields": {"DueDate": "2027-01-01"}})
        results = chain.sync(first_day=day, last_day=day, force=True)
        assert results["invoice", str(first)].status == "updated"
        waits = results["invoice", str(second)]
        assert (waits.status, waits.reason_code) == ("failed", "needs_approval")
        assert "due date" in waits.reason
        with chain.run() as run:
            (plan, *_) = previews.waiting(run.connection, run.realm)
            rows = previews.rows_of(run.connection, run.realm, plan.preview_id)
        assert plan.why == "overwrites"
        assert [(row.source_id, row.edited) for row in rows] == [(str(second), ["DueDate"])]
        assert accountant.of("invoice", second)["DueDate"] == "2027-01-01"
        approved = chain.approve(plan.preview_id)
        assert list(approved) == [("invoice", str(second))]
        assert approved["invoice", str(second)].status == "updated"
        assert accountant.of("invoice", second)["DueDate"] != "2027-01-01"

    def test_a_preview_of_force_lists_it_and_approving_that_is_enough(
        self, chain, accountant, two_invoices, day
    ):
        """No second approval."""
        _, _, second, _ = two_invoices
        chain.sync(first_day=day, last_day=day)
        there = accountant.of("invoice", second)
        edit = {"deed": "edit", "entity": "Invoice", "id": there["Id"], "fields": {"DueDate": "2027-01-01"}}
        accountant.control("hand", edit)
        plan = preview(chain, day, force=True)
        with chain.run() as run:
            rows = previews.rows_of(run.connection, run.realm, plan)
        assert [row.source_id for row in rows if row.edited] == [str(second)]
        results = chain.approve(plan)
        assert results["invoice", str(second)].status == "updated"

    def test_what_was_deleted_in_quickbooks_is_made_anew_by_the_second_force(
        self, chain, accountant, two_invoices, day
    ):
        """As without asking: the first one finds that it is gone. A preview says so, and forgets it."""
        _, _, second, _ = two_invoices
        chain.sync(first_day=day, last_day=day)
        there = accountant.of("invoice", second)
        accountant.control("hand", {"deed": "delete", "entity": "Invoice", "id": there["Id"]})
        plan = preview(chain, day, force=True)
        with chain.run() as run:
            rows = previews.rows_of(run.connection, run.realm, plan)
        gone = [
            row.reason_code for row in rows if row.source_id == str(second) and row.source_type == "invoice"
        ]
        assert gone == ["gone_in_quickbooks"]
        ends = [chain.sync(first_day=day, last_day=day, force=True)["invoice", str(second)] for _ in range(2)]
        assert [(row.status, row.reason_code) for row in ends] == [
            ("failed", "gone_in_quickbooks"),
            ("created", None),
        ]

    def test_the_company_may_let_force_overwrite(self, chain, accountant, policies, two_invoices, day):
        """policies.overwrite_edits: push."""
        policies(overwrite_edits="push")
        _, _, second, _ = two_invoices
        chain.sync(first_day=day, last_day=day)
        there = accountant.of("invoice", second)
        edit = {"deed": "edit", "entity": "Invoice", "id": there["Id"], "fields": {"DueDate": "2027-01-01"}}
        accountant.control("hand", edit)
        results = chain.sync(first_day=day, last_day=day, force=True)
        assert results["invoice", str(second)].status == "updated"


def test_one_record_is_previewed_and_approved(chain, accountant, two_invoices, day):
    """With what it needs, and nothing else."""
    _, first, second, payment = two_invoices
    with chain.engine(record=("payment", str(payment)), preview=True) as engine:
        engine.sync()
    results = chain.approve(engine.run.run_id)
    assert results["payment", str(payment)].status == "created"
    assert results["invoice", str(first)].status == "created"
    assert accountant.all_of("invoice", second) == []
