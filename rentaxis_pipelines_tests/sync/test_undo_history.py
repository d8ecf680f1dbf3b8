"""What stands of a run after any chain of undos, worked out from the versions of its objects alone."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.versions import LinkVersion
from rentaxis_pipelines.sync.undoing.history import history_of

_AT = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def versions(*steps: tuple[str, str], quickbooks_id: str = "7") -> list[LinkVersion]:
    """One invoice's versions: (run, action) each."""
    found: list[LinkVersion] = []
    for number, (run_id, action) in enumerate(steps):
        fields: dict[str, Any] = {"before": {"n": number} if number else None, "after": {"n": number + 1}}
        found.append(
            LinkVersion(
                version_id=number,
                realm="1",
                source_type="invoice",
                source_id="12",
                source_label="Invoice INV-12",
                quickbooks_type="Invoice",
                quickbooks_id=quickbooks_id,
                sync_token=str(number),
                action=action,  # pyright: ignore[reportArgumentType] - a test's own word
                run_id=run_id,
                who="Dana Reyes",
                at=_AT + dt.timedelta(days=number),
                **fields,
            )
        )
    return found


@pytest.mark.parametrize(
    ("steps", "undoes", "run", "undone_by", "later"),
    [
        ([("a", "create")], {}, "a", None, None),
        ([("a", "create"), ("b", "update")], {}, "a", None, "b"),
        ([("a", "create"), ("u", "void")], {"u": "a"}, "a", "u", None),
        ([("a", "create"), ("u", "release")], {"u": "a"}, "a", None, None),
        ([("a", "create"), ("u", "void"), ("v", "update")], {"u": "a", "v": "u"}, "a", None, None),
        ([("a", "create"), ("u", "void"), ("v", "update")], {"u": "a", "v": "u"}, "u", "v", None),
        ([("a", "create"), ("b", "update"), ("u", "update")], {"u": "b"}, "a", None, None),
        (
            [("a", "create"), ("u", "void"), ("v", "update"), ("w", "void")],
            {"u": "a", "v": "u", "w": "a"},
            "v",
            None,
            "w",
        ),
        (
            [("a", "create"), ("u", "void"), ("v", "update"), ("w", "void")],
            {"u": "a", "v": "u", "w": "a"},
            "a",
            "w",
            None,
        ),
        ([("a", "create"), ("u", "void"), ("b", "update")], {"u": "a"}, "u", None, "b"),
    ],
)
def test_what_stands_of_a_run(steps, undoes, run, undone_by, later) -> None:
    (touched,) = history_of(run, versions(*steps), undoes).touched
    assert touched.undone_by == undone_by
    assert (touched.later.run_id if touched.later else None) == later


def test_what_was_deleted_and_made_anew_is_the_same_object() -> None:
    """Under its new id, for whoever names it by the old one."""
    made = versions(("a", "create"), ("u", "delete"))
    anew = [
        *made,
        *(
            LinkVersion(
                **{
                    **{name: getattr(each, name) for name in each.__struct_fields__},
                    "version_id": 9,
                    "quickbooks_id": "8",
                }
            )
            for each in versions(("v", "create"))
        ),
    ]
    history = history_of("a", anew, {"u": "a", "v": "u"})
    (touched,) = history.touched
    assert (touched.address, touched.made, touched.undone_by) == (("Invoice", "8"), True, None)
    assert history.now == {("Invoice", "7"): "8"}


@given(st.integers(0, 9))
def test_a_run_stands_after_an_even_number_of_undos_of_undos(undos: int) -> None:
    """And each undo stands exactly where what it took back does not."""
    names = ["run", *(f"undo-{number}" for number in range(undos))]
    undoes = dict(zip(names[1:], names, strict=False))
    steps = [(name, "create" if name == "run" else "update") for name in names]
    standing = [history_of(name, versions(*steps), undoes).touched[0].undone_by is None for name in names]
    assert standing == [(undos - place) % 2 == 0 for place in range(undos + 1)]
