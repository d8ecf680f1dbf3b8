"""Decisions: kept for good with who, when and why; refused with a sentence where they cannot be carried out."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.ledger.decisions import amount_to
from rentaxis_pipelines.model.decisions import Decision
from rentaxis_pipelines.sync.decisions import DecisionRefused, DecisionRequest, decide, describe
from rentaxis_pipelines_tests.support.decidable import AT, REALM, link, link_of, request


def test_a_confirmed_customer_is_linked_at_once_and_the_decision_kept(decidable) -> None:
    """With who, when and why; nothing of the customer is ours."""
    decision = decide(decidable, REALM, request("confirm", quickbooks_id=" 5 "), AT)
    linked = link_of(decidable)
    assert linked is not None
    assert (linked.quickbooks_id, linked.origin, linked.owned, linked.sync_token) == (
        "5",
        "confirmed",
        [],
        "3",
    )
    assert decisions.history(decidable, REALM) == [decision]
    assert (decision.who, decision.why, decision.decided_at) == ("Dana Reyes", "the lease says so", AT)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (request("confirm", quickbooks_id="999"), "QuickBooks has no customer 999: it was deleted or merged in the meantime, or the id is mistyped."),
        (request("confirm", quickbooks_id="9"), "Customer 9 is inactive in QuickBooks. Make it active there first"),
        (request("confirm", quickbooks_id="6"), "Customer 6 in QuickBooks belongs to program 2. Unlink that one first"),
        (request("confirm"), "To confirm, say which customer in QuickBooks you mean, by its id."),
        (request("confirm", "2", "5", "program"), "Program 2 is linked to customer 6. To link another one, relink it."),
        (request("confirm", "2", "6", "program"), "Program 2 is linked to customer 6 already."),
        (request("confirm", quickbooks_id="5", source_type="expense"), "An expense cannot be linked by hand"),
        (request("relink", quickbooks_id="5"), "Tenant 1 is not linked yet: confirm customer 5 instead."),
        (request("relink", "2", "9", "program"), "Customer 9 is inactive"),
        (request("unlink"), "Tenant 1 is not linked, so there is nothing to unlink."),
        (request("unlink", "2", "5", "program"), "Program 2 is linked to customer 6, not to 5."),
        (request("reject", "2", "6", "program"), "Program 2 is linked to customer 6. Unlink it instead."),
        (request("make_new", "2", source_type="program"), "Program 2 is linked to customer 6. Unlink it first."),
        (request("make_new", quickbooks_id="5"), "To make new, no QuickBooks id is needed"),
        (request("include"), "Tenant 1 is not excluded."),
        (request("exclude", why=" "), "A decision is stored with who made it and why: give both."),
        (request("exclude", who=""), "A decision is stored with who made it and why: give both."),
        (request("exclude", " "), "give its id in RentAxis"),
        (request("exclude", source_type="lease"), "'lease' is not a record type. Known: tenant, program, vendor, invoice, credit, refund, payment, credit_application,"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_out_is_refused_with_the_reason_and_nothing_is_written(
    decidable, wanted: DecisionRequest, says: str
) -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(decidable, REALM, wanted, AT)
    assert says in str(refused.value)
    assert decisions.history(decidable, REALM) == []
    assert link_of(decidable) is None
    assert link_of(decidable, "2", "program") == link("program", "2", "6")


def test_a_decision_is_never_changed_only_followed(decidable) -> None:
    """The table itself refuses."""
    decide(decidable, REALM, request("exclude"), AT)
    for statement in ("update ledger.decisions set why = 'another'", "delete from ledger.decisions"):
        with pytest.raises(sa.exc.DatabaseError, match="SQLSTATE P0001"):  # raised by the trigger
            decidable.execute(sa.text(statement))
        decidable.rollback()
    decide(decidable, REALM, request("include"), AT)
    assert [one.kind for one in decisions.history(decidable, REALM)] == ["exclude", "include"]


def test_unlinked_is_also_not_that_one(decidable) -> None:
    """Or the e-mail would link it again with the next run."""
    decide(decidable, REALM, request("confirm", quickbooks_id="5"), AT)
    decision = decide(decidable, REALM, request("unlink"), AT)
    assert decision.quickbooks_id == "5"
    assert link_of(decidable) is None
    assert decisions.states_of(decidable, REALM, "tenant", ["1"])["1"].rejected == {"5"}


def test_relinking_is_kept_as_two_decisions(decidable) -> None:
    """It is not the old one, and it is the new one."""
    decide(decidable, REALM, request("confirm", quickbooks_id="5"), AT)
    decide(decidable, REALM, request("unlink", "2", source_type="program"), AT)
    decide(decidable, REALM, request("relink", quickbooks_id="6"), AT)
    assert [(one.kind, one.quickbooks_id) for one in decisions.history(decidable, REALM, "tenant", "1")] == [
        ("confirm", "5"), ("unlink", "5"), ("relink", "6"),
    ]  # fmt: skip
    linked = link_of(decidable)
    assert linked is not None and linked.quickbooks_id == "6"
    standing = decisions.states_of(decidable, REALM, "tenant", ["1"])["1"]
    assert (standing.confirmed, standing.rejected) == ("6", {"5"})


def test_an_imported_link_is_rentaxis_to_undo(decidable) -> None:
    """It would come back with the next run."""
    links.save_links(decidable, [link("program", "2", "6", origin="imported")])
    with pytest.raises(DecisionRefused, match="RentAxis itself says"):
        decide(decidable, REALM, request("unlink", "2", source_type="program"), AT)


def test_deciding_the_same_twice_is_refused(decidable) -> None:
    """A second click is told, not kept."""
    for one in (request("exclude"), request("make_new"), request("reject", quickbooks_id="5")):
        decide(decidable, REALM, one, AT)
        with pytest.raises(DecisionRefused, match="already"):
            decide(decidable, REALM, one, AT)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["confirm", "reject", "unlink", "relink", "make_new", "exclude", "include"]),
            st.sampled_from("567"),
        )
    )
)
def test_what_decisions_amount_to_never_contradicts_itself(taken: list[tuple[Any, str]]) -> None:
    """The confirmed object is not rejected, nobody is both confirmed and to be made new, and the last word on exclusion counts."""
    found = amount_to(
        Decision(
            decision_id=number, realm=REALM, source_type="tenant", source_id="1", kind=kind, why="x", who="y", decided_at=AT,
            quickbooks_id=quickbooks_id if kind in ("confirm", "reject", "unlink", "relink") else None,
        )
        for number, (kind, quickbooks_id) in enumerate(taken)
    ).get(("tenant", "1"), decisions.NOTHING_DECIDED)  # fmt: skip
    assert found.confirmed not in found.rejected
    assert found.confirmed is None or found.make_new is None
    last = [kind for kind, _ in taken if kind in ("exclude", "include")]
    assert (found.excluded is not None) == (last[-1:] == ["exclude"])


def test_every_decision_is_said_in_one_sentence(decidable) -> None:
    done = [decide(decidable, REALM, one, AT) for one in (request("reject", quickbooks_id="6"), request("confirm", quickbooks_id="5"), request("exclude"))]  # fmt: skip
    assert [describe(one) for one in done] == [
        "Tenant 1 is not customer 6. It will not be suggested again.",
        "Tenant 1 is customer 5. Records waiting for it are pushed by the next run.",
        "Tenant 1 is excluded from the sync from now on.",
    ]
