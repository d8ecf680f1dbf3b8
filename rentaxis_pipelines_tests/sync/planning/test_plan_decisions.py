"""Decisions: kept for good with who, when and why; refused with a sentence where they cannot be carried out."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import decisions, links, snapshots
from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.ledger.decisions import amount_to
from rentaxis_pipelines.model.decisions import Decision
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.snapshot import SnapshotObject
from rentaxis_pipelines.sync.decisions import DecisionRefused, DecisionRequest, decide, describe

REALM = "1"
AT = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CUSTOMERS = {"5": ("Terrence Boyd", True), "6": ("Ann Lee", True), "9": ("Lucille Okafor (deleted)", False)}


@pytest.fixture
def ledger(database: str) -> Iterator[sa.Connection]:
    """A ledger that knows three customers and one vendor; program 2 is customer 6 already."""
    migrate(database)
    with connect(database) as connection:
        objects = [
            SnapshotObject(
                realm=REALM, entity="Customer", quickbooks_id=quickbooks_id, active=active,
                object={"Id": quickbooks_id, "SyncToken": "3", "DisplayName": name, "Active": active},
            )
            for quickbooks_id, (name, active) in CUSTOMERS.items()
        ]  # fmt: skip
        snapshots.save_objects(connection, objects)
        links.save_links(connection, [_link("program", "2", "6")])
        connection.commit()
        yield connection
    engine(database).dispose()


def _link(source_type: str, source_id: str, quickbooks_id: str, **more: Any) -> Link:
    link = Link(
        realm=REALM, source_type=source_type, source_id=source_id, quickbooks_type="Customer", quickbooks_id=quickbooks_id,
        sync_token="0", content_hash="x", mapped={"DisplayName": "Ann Lee"}, owned=["DisplayName"], origin="created",
        quickbooks_number="Ann Lee", updated_at=AT,
    )  # fmt: skip
    return msgspec.structs.replace(link, **more)


def request(
    kind: Any,
    source_id: str = "1",
    quickbooks_id: str | None = None,
    source_type: str = "tenant",
    **more: Any,
) -> DecisionRequest:
    given = {"why": "the lease says so", "who": "Dana Reyes", **more}
    return DecisionRequest(
        kind=kind, source_type=source_type, source_id=source_id, quickbooks_id=quickbooks_id, **given
    )


def link_of(ledger: sa.Connection, source_id: str = "1", source_type: str = "tenant") -> Link | None:
    return links.links_of(ledger, REALM, source_type, [source_id]).get(source_id)


def test_a_confirmed_customer_is_linked_at_once_and_the_decision_kept(ledger) -> None:
    """With who, when and why; nothing of the customer is ours."""
    decision = decide(ledger, REALM, request("confirm", quickbooks_id=" 5 "), AT)
    link = link_of(ledger)
    assert link is not None
    assert (link.quickbooks_id, link.origin, link.owned, link.sync_token) == ("5", "confirmed", [], "3")
    assert decisions.history(ledger, REALM) == [decision]
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
        (request("exclude", source_type="lease"), "'lease' is not a record type. Known: tenant, program, vendor, invoice, payment, expense."),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_out_is_refused_with_the_reason_and_nothing_is_written(
    ledger, wanted: DecisionRequest, says: str
) -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(ledger, REALM, wanted, AT)
    assert says in str(refused.value)
    assert decisions.history(ledger, REALM) == []
    assert link_of(ledger) is None
    assert link_of(ledger, "2", "program") == _link("program", "2", "6")


def test_a_decision_is_never_changed_only_followed(ledger) -> None:
    """The table itself refuses."""
    decide(ledger, REALM, request("exclude"), AT)
    for statement in ("update ledger.decisions set why = 'another'", "delete from ledger.decisions"):
        with pytest.raises(sa.exc.DatabaseError, match="SQLSTATE P0001"):  # raised by the trigger
            ledger.execute(sa.text(statement))
        ledger.rollback()
    decide(ledger, REALM, request("include"), AT)
    assert [one.kind for one in decisions.history(ledger, REALM)] == ["exclude", "include"]


def test_unlinked_is_also_not_that_one(ledger) -> None:
    """Or the e-mail would link it again with the next run."""
    decide(ledger, REALM, request("confirm", quickbooks_id="5"), AT)
    decision = decide(ledger, REALM, request("unlink"), AT)
    assert decision.quickbooks_id == "5"
    assert link_of(ledger) is None
    assert decisions.states_of(ledger, REALM, "tenant", ["1"])["1"].rejected == {"5"}


def test_relinking_is_kept_as_two_decisions(ledger) -> None:
    """It is not the old one, and it is the new one."""
    decide(ledger, REALM, request("confirm", quickbooks_id="5"), AT)
    decide(ledger, REALM, request("unlink", "2", source_type="program"), AT)
    decide(ledger, REALM, request("relink", quickbooks_id="6"), AT)
    assert [(one.kind, one.quickbooks_id) for one in decisions.history(ledger, REALM, "tenant", "1")] == [
        ("confirm", "5"), ("unlink", "5"), ("relink", "6"),
    ]  # fmt: skip
    link = link_of(ledger)
    assert link is not None and link.quickbooks_id == "6"
    standing = decisions.states_of(ledger, REALM, "tenant", ["1"])["1"]
    assert (standing.confirmed, standing.rejected) == ("6", {"5"})


def test_an_imported_link_is_rentaxis_to_undo(ledger) -> None:
    """It would come back with the next run."""
    links.save_links(ledger, [_link("program", "2", "6", origin="imported")])
    with pytest.raises(DecisionRefused, match="RentAxis itself says"):
        decide(ledger, REALM, request("unlink", "2", source_type="program"), AT)


def test_deciding_the_same_twice_is_refused(ledger) -> None:
    """A second click is told, not kept."""
    for one in (request("exclude"), request("make_new"), request("reject", quickbooks_id="5")):
        decide(ledger, REALM, one, AT)
        with pytest.raises(DecisionRefused, match="already"):
            decide(ledger, REALM, one, AT)


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


def test_every_decision_is_said_in_one_sentence(ledger) -> None:
    done = [decide(ledger, REALM, one, AT) for one in (request("reject", quickbooks_id="6"), request("confirm", quickbooks_id="5"), request("exclude"))]  # fmt: skip
    assert [describe(one) for one in done] == [
        "Tenant 1 is not customer 6. It will not be suggested again.",
        "Tenant 1 is customer 5. Records waiting for it are pushed by the next run.",
        "Tenant 1 is excluded from the sync from now on.",
    ]
