"""Dagster's steps push the record types in the order of the registry, wherever the order matters."""

import dagster as dg
import pytest

from rentaxis_pipelines.demo.stack import WHOLE_BOOKS_FILE
from rentaxis_pipelines.model.record_type import RecordType
from rentaxis_pipelines.model.record_types import BY_NAME, CHOSEN, RECORD_TYPES
from rentaxis_pipelines.orchestration.assets.sync import sync_assets
from rentaxis_pipelines.orchestration.names import sync_key
from rentaxis_pipelines.settings import Scope, load_company

SCOPE = Scope(load_company(WHOLE_BOOKS_FILE))


@pytest.mark.parametrize("record_type", CHOSEN, ids=lambda record_type: record_type.name)
def test_what_a_type_needs_is_pushed_before_it(record_type: RecordType) -> None:
    """By way of the steps between, if all types run; and an optional type left out of a run takes no order with it."""
    chosen = {name for name in record_type.parents if name in {each.name for each in CHOSEN}}
    assert chosen <= _before(record_type.name, SCOPE, left_out=frozenset())
    optional = frozenset(name for name in chosen if BY_NAME[name].optional)
    assert chosen - optional <= _before(record_type.name, SCOPE, left_out=optional)
    assert all(RECORD_TYPES.index(name) < RECORD_TYPES.index(record_type.name) for name in chosen)


@pytest.mark.parametrize(
    ("first", "then"),
    [("refunds", "payments"), ("payments", "credit_applications"), ("credits", "credit_applications")],
)
def test_types_that_want_the_same_money_take_turns(first: str, then: str) -> None:
    """A refund before the payment whose credit pays it; a payment before the credit that may want the same invoice."""
    assert first in _before(then, SCOPE, left_out=frozenset())


def _before(name: str, scope: Scope, left_out: frozenset[str]) -> set[str]:
    deps = {asset.key: set(asset.keys_by_input_name.values()) for asset in sync_assets(scope)}
    names: dict[dg.AssetKey, str] = {sync_key(scope, each.name): each.name for each in CHOSEN}
    found, waiting = set[str](), [name]
    while waiting:
        for key in deps[sync_key(scope, waiting.pop())]:
            other = names.get(key)
            if other is not None and other not in found | left_out:
                found.add(other)
                waiting.append(other)
    return found
