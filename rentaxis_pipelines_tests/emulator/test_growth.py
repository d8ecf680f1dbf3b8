"""A fuller company costs the emulator nothing more: looked up by an index, written without a look at the rest.

Counted in function calls, which are the same on every machine. How fast it is, ``make bench`` says.
"""

import pytest

from quickbooks_emulator import batch, query
from quickbooks_emulator.world import World
from rentaxis_pipelines_tests.support.counting import calls_of

FEW, MANY = 300, 3_000
ITEM = {"ItemRef": {"value": "1"}}
LINE = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": ITEM}


def write(world: World, first: int, count: int) -> None:
    for start in range(first, first + count, batch.LARGEST_BATCH):
        numbers = range(start, min(start + batch.LARGEST_BATCH, first + count))
        items = [
            {
                "bId": str(number),
                "Invoice": {
                    "CustomerRef": {"value": "58"},
                    "DocNumber": f"I-{number}",
                    # a day for each dozen: what is indexed by day grows too
                    "TxnDate": f"20{10 + number // 12 // 336:02}-{1 + number // 12 // 28 % 12:02}-{1 + number // 12 % 28:02}",
                    "Line": [LINE],
                },
            }
            for number in numbers
        ]
        answers = batch.run(world.company, {"BatchItemRequest": items}, None, {})
        assert all("Invoice" in answer for answer in answers), answers


def company(invoices: int) -> World:
    world = World("demo")
    world.clock.frozen = 1_800_000_000.0
    write(world, 0, invoices)
    return world


@pytest.fixture(scope="module")
def small() -> World:
    return company(FEW)


@pytest.fixture(scope="module")
def large() -> World:
    return company(MANY)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM Invoice WHERE DocNumber = 'I-77'",
        "SELECT * FROM Invoice WHERE DocNumber IN ('I-1', 'I-299', 'none')",
        "SELECT * FROM Customer WHERE DisplayName = 'Terrence Boyd'",
        "SELECT * FROM Invoice WHERE Id = '200'",
        "SELECT * FROM Invoice WHERE TxnDate >= '2010-01-03' AND TxnDate < '2010-01-05'",
    ],
)
def test_a_look_up_by_an_indexed_field_costs_the_same_in_a_company_ten_times_as_full(
    small: World, large: World, statement: str
) -> None:
    found = query.run(small.company, statement)
    assert found
    assert query.run(large.company, statement) == found
    for world in (small, large):
        write(world, 10 * MANY + len(world.company.store.tables["Invoice"].rows), 1)  # forgets the answer
    few = calls_of(lambda: query.run(small.company, statement))
    assert few == calls_of(lambda: query.run(large.company, statement))


def test_a_look_up_without_an_index_is_seen_to_grow(small: World, large: World) -> None:
    """What the counting above would show if an index were missing."""
    statement = "SELECT * FROM Invoice WHERE Balance = '7'"
    few, many = (
        calls_of(lambda world=world: query.run(world.company, statement)) for world in (small, large)
    )
    assert many > 5 * few


def test_a_write_costs_the_same_in_a_company_ten_times_as_full(small: World, large: World) -> None:
    few = calls_of(lambda: write(small, 50 * MANY, batch.LARGEST_BATCH))
    many = calls_of(lambda: write(large, 50 * MANY, batch.LARGEST_BATCH))
    assert many <= 1.1 * few
