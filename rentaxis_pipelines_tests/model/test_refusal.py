"""The one refusal: in the table's words or more exact ones, and the same again out of the row it was written to."""

import msgspec
import pytest

from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.refusal import UNDECIDED, Refusal, columns_of, decided_by, refusal, refusal_of


class Row(msgspec.Struct, frozen=True):
    status: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    how_to_fix: str | None = None


@pytest.mark.parametrize("code", list(ReasonCode))
def test_without_more_exact_words_a_refusal_has_those_of_the_table(code: ReasonCode) -> None:
    assert (refusal(code).reason, refusal(code).remedy) == (REASONS[code].meaning, REASONS[code].remedy)
    exact = refusal(code, "It is blue.", "Paint it.")
    assert (exact.reason, exact.remedy, exact.status) == ("It is blue.", "Paint it.", REASONS[code].status)


@pytest.mark.parametrize("code", list(ReasonCode))
def test_a_row_gives_back_the_refusal_it_was_given(code: ReasonCode) -> None:
    """With its status where it is decided by it; and nothing of it once it is undecided again."""
    why = Refusal(code, "It is blue.", "Paint it.")
    decided = msgspec.structs.replace(Row(), **decided_by(why))
    assert (decided.status, refusal_of(decided)) == (why.status, why)
    remarked = msgspec.structs.replace(Row("created"), **columns_of(why))
    assert (remarked.status, refusal_of(remarked)) == ("created", why)
    assert msgspec.structs.replace(decided, **UNDECIDED) == Row()
    assert refusal_of(Row("created")) is None
