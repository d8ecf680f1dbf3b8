"""Undoing a decision: as if it had not been made, until a sync has used it; and two people deciding about one record at once."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.ledger.decisions import amount_to
from rentaxis_pipelines.model.decisions import Candidate, Decision, Question
from rentaxis_pipelines.sync.decisions import DecisionRefused, Labels, decide, describe, standing_of_keys
from rentaxis_pipelines.sync.undo_decision import way_back
from rentaxis_pipelines_tests.support.decidable import AT, REALM, link, link_of, request

ADA = Labels(record="Tenant Ada Byron", target="Terrence Boyd")


def ask(ledger: Any, source_id: str = "1") -> Question:
    """What a sync left open: is the tenant customer 5, or customer 6?"""
    asked = Question(
        realm=REALM, source_type="tenant", source_id=source_id, label="Tenant Ada Byron", reason_code="waiting_for_confirmation",
        reason="x", how_to_fix="y", asked_at=AT,
        candidates=[Candidate(number, name, "same name", True, 90) for number, name in (("5", "Terrence Boyd"), ("6", "Ann Lee"))],
    )  # fmt: skip
    decisions.keep_questions(ledger, REALM, [("tenant", source_id)], [asked])
    ledger.commit()
    return asked


def standing_of(ledger: Any, source_type: str, source_id: str) -> Any:
    return standing_of_keys(ledger, REALM, [(source_type, source_id)])[source_type, source_id]


@pytest.mark.parametrize("kind", ["confirm", "reject", "make_new", "exclude"])
def test_what_was_decided_is_taken_back_and_the_question_asked_again(decidable, kind: Any) -> None:
    """With no trace in what counts: no link, nobody rejected; both decisions are kept."""
    asked = ask(decidable)
    decide(decidable, REALM, request(kind, quickbooks_id="5" if kind in ("confirm", "reject") else None), AT)
    assert decisions.questions(decidable, REALM) != [asked]
    back = decide(decidable, REALM, request("withdraw", who="Bo Chen", why="a slip"), AT)
    assert decisions.questions(decidable, REALM) == [asked]
    assert link_of(decidable) is None
    history = decisions.history(decidable, REALM)
    assert [(made.kind, made.who) for made in history] == [(kind, "Dana Reyes"), ("withdraw", "Bo Chen")]
    assert back.withdraws == history[0].decision_id
    assert amount_to(history) == {}
    assert describe(back, ADA) == "The newest decision about Tenant Ada Byron is undone."


def test_a_decision_is_undone_once_and_only_while_it_is_the_newest(decidable) -> None:
    """Whoever comes second is told."""
    first = decide(decidable, REALM, request("reject", quickbooks_id="5"), AT)
    decide(decidable, REALM, request("make_new", who="Bo Chen"), AT)
    with pytest.raises(
        DecisionRefused, match=r"Bo Chen has decided about Tenant 1 since\. Undo that decision first\."
    ):
        decide(decidable, REALM, request("withdraw", withdraws=first.decision_id), AT)
    decide(decidable, REALM, request("withdraw"), AT)
    decide(decidable, REALM, request("withdraw", withdraws=first.decision_id), AT)
    with pytest.raises(DecisionRefused, match="it was undone already"):
        decide(decidable, REALM, request("withdraw", withdraws=first.decision_id), AT)
    with pytest.raises(DecisionRefused, match="in force"):
        decide(decidable, REALM, request("withdraw"), AT)


def test_a_link_that_a_sync_has_used_is_unlinked_not_taken_back(decidable) -> None:
    """Invoices may stand on the customer by now."""
    confirmed = decide(decidable, REALM, request("confirm", quickbooks_id="5"), AT)
    used = msgspec.structs.replace(link_of(decidable), mapped={"DisplayName": "Terrence Boyd"})
    links.save_links(decidable, [used])
    with pytest.raises(DecisionRefused, match="A sync has used this decision since"):
        decide(decidable, REALM, request("withdraw"), AT)
    back = way_back(confirmed, standing_of(decidable, "tenant", "1"))
    assert (back.kind, back.button) == ("unlink", "Unlink")
    unlinked = decide(decidable, REALM, request("unlink"), AT)
    again = way_back(unlinked, standing_of(decidable, "tenant", "1"))
    assert (again.kind, again.quickbooks_id, again.button) == ("confirm", "5", "Link again")


def test_what_a_sync_created_since_is_not_undone_by_a_decision(decidable) -> None:
    made = decide(decidable, REALM, request("make_new"), AT)
    links.save_links(decidable, [link("tenant", "1", "5")])
    back = way_back(made, standing_of(decidable, "tenant", "1"), ADA)
    assert back.kind is None
    assert "Tenant Ada Byron is in QuickBooks now; undo the run that created it" in back.note
    with pytest.raises(DecisionRefused, match="is in QuickBooks now"):
        decide(decidable, REALM, request("withdraw"), AT)


def test_exclude_and_include_undo_each_other_and_relink_goes_back_to_the_earlier_one(decidable) -> None:
    excluded = decide(decidable, REALM, request("exclude"), AT)
    assert way_back(excluded, standing_of(decidable, "tenant", "1")).kind == "include"
    included = decide(decidable, REALM, request("include"), AT)
    standing = standing_of(decidable, "tenant", "1")
    assert way_back(excluded, standing).note == "It is included again already."
    assert way_back(included, standing).kind == "exclude"
    relinked = decide(decidable, REALM, request("relink", "2", "5", "program"), AT)
    back = way_back(relinked, standing_of(decidable, "program", "2"))
    assert (back.kind, back.quickbooks_id) == ("relink", "6")


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (("exclude", None), ("confirm", "5"), "Ann Lee excluded Tenant Ada Byron from the sync after you opened the page."),
        (("confirm", "5"), ("make_new", None), "Ann Lee linked Tenant Ada Byron to another customer after you opened the page."),
        (("confirm", "5"), ("confirm", "5"), "This was decided already: Ann Lee linked Tenant Ada Byron to customer Terrence Boyd."),
        (("exclude", None), ("exclude", None), "This was decided already: Ann Lee excluded Tenant Ada Byron from the sync."),
        (("reject", "5"), ("exclude", None), "Ann Lee said that Tenant Ada Byron is not another customer after"),
    ],
)  # fmt: skip
def test_of_two_people_on_one_record_the_second_is_told_who_decided_what(
    decidable, first: Any, second: Any, says: str
) -> None:
    """Nothing of the second is written; after another look it may be."""
    seen = decisions.newest(decidable, REALM)
    decide(decidable, REALM, request(first[0], quickbooks_id=first[1], who="Ann Lee", seen=seen), AT)
    late = request(second[0], quickbooks_id=second[1], seen=seen, labels=ADA)
    with pytest.raises(DecisionRefused) as refused:
        decide(decidable, REALM, late, AT)
    assert says in str(refused.value)
    assert [made.who for made in decisions.history(decidable, REALM)] == ["Ann Lee"]


def test_sentences_name_records_and_objects_as_people_know_them(decidable) -> None:
    """And who linked them; not by id."""
    decide(decidable, REALM, request("confirm", quickbooks_id="5", who="Ann Lee"), AT)
    with pytest.raises(DecisionRefused) as refused:
        decide(decidable, REALM, request("make_new", labels=ADA), AT)
    assert str(refused.value) == (
        "Nothing was decided. Tenant Ada Byron is linked to customer Terrence Boyd. Ann Lee linked it. Unlink it first."
    )
    with pytest.raises(DecisionRefused, match="Customer Terrence Boyd in QuickBooks belongs to"):
        decide(decidable, REALM, request("confirm", "7", "5", labels=ADA), AT)


@given(
    st.lists(st.sampled_from(["confirm", "reject", "make_new", "exclude", "include", "withdraw"]), max_size=9)
)
def test_taking_back_the_newest_decision_leaves_what_was_there_before(kinds: list[Any]) -> None:
    """Whatever was decided before, and however much of it was taken back."""
    made: list[Decision] = []
    for number, kind in enumerate(kinds, start=1):
        in_force = decisions.in_force(made)
        if kind == "withdraw" and not in_force:
            continue
        made.append(
            Decision(
                decision_id=number, realm=REALM, source_type="tenant", source_id="1", kind=kind, why="x", who="y",
                decided_at=AT + dt.timedelta(minutes=number), quickbooks_id="5" if kind in ("confirm", "reject") else None,
                withdraws=in_force[-1].decision_id if kind == "withdraw" else None,
            )
        )  # fmt: skip
    in_force = decisions.in_force(made)
    if in_force:
        back = msgspec.structs.replace(
            in_force[-1], decision_id=99, kind="withdraw", withdraws=in_force[-1].decision_id
        )
        assert amount_to([*made, back]) == amount_to(in_force[:-1])
