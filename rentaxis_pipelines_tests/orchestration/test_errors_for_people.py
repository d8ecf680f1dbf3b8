"""Which error of a chain is shown: the sentence written for people, whatever has wrapped it or was its cause."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.ledger.database import LedgerUnreachable
from rentaxis_pipelines.orchestration.errors_for_people import ERRORS_FOR_PEOPLE, for_people
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged

KINDS = st.sampled_from([RuntimeError, ValueError, OSError, SourceShapeChanged, LedgerUnreachable])


def raised(errors: list[Exception]) -> Exception:
    """The first of these, raised from the second, and so on."""
    for error, cause in itertools.pairwise(errors):
        error.__cause__ = cause
    return errors[0]


@given(st.lists(KINDS, min_size=1, max_size=6))
def test_the_outermost_sentence_for_people_is_the_one(kinds: list[type[Exception]]) -> None:
    """Not what it was raised from (a database's own words), and not what others have wrapped it in; None without one."""
    errors = [kind(f"{number}") for number, kind in enumerate(kinds)]
    expected = next((one for one in errors if isinstance(one, ERRORS_FOR_PEOPLE)), None)
    assert for_people(raised(errors)) is expected


def test_a_fault_while_an_error_is_handled_is_no_sentence_for_people() -> None:
    """Else a mistake of ours in the handling would be hidden behind it."""
    fault = KeyError("fault")
    fault.__context__ = SourceShapeChanged("the sentence")
    assert for_people(fault) is None


def test_a_circle_of_causes_comes_to_an_end() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert for_people(one) is None
