"""Payments that let go of invoices and take others: in the order found no invoice ever holds more than it comes to."""

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.sync.planning.unapplying import Order
from rentaxis_pipelines.sync.pushing.batching import waves

INVOICES = ["1", "2", "3", "4"]
amounts = st.dictionaries(st.sampled_from(INVOICES), st.integers(1, 5), max_size=3)


def lines(applied: dict[str, int]) -> dict:
    return {
        "Line": [
            {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
            for invoice, amount in applied.items()
        ]
    }


def a_row(number: int, after: dict[str, int]) -> PlannedRow:
    return PlannedRow(
        plan_id="plan", position=number, phase=1, day=dt.date(2026, 5, 1), record_type="payments", source_type="payment",
        source_id=str(number), source_label=f"Payment {number}", amount=Decimal(0), currency="USD", action="update",
        quickbooks_type="Payment", payload=lines(after), conflict_keys=[f"Payment:{number}"],
    )  # fmt: skip


def a_link(number: int, before: dict[str, int]) -> Link:
    return Link(
        realm="1", source_type="payment", source_id=str(number), quickbooks_type="Payment", quickbooks_id=str(number),
        sync_token="0", content_hash="", mapped=lines(before), owned=[], origin="created",
        updated_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    )  # fmt: skip


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=7))
def test_no_invoice_ever_holds_more_than_it_comes_to(changes: list[tuple[dict, dict]]) -> None:
    """Each invoice comes to exactly what is applied to it before or afterwards, whichever is more: the tightest there can be."""

    def held(applied: dict[str, dict]) -> dict[str, int]:
        return {one: sum(each.get(one, 0) for each in applied.values()) for one in INVOICES}

    now = {str(number): dict(before) for number, (before, _) in enumerate(changes)}
    then = {str(number): dict(after) for number, (_, after) in enumerate(changes)}
    total = {one: max(held(now)[one], held(then)[one]) for one in INVOICES}
    order = Order.of(
        [a_row(number, after) for number, (_, after) in enumerate(changes)],
        {str(number): a_link(number, before) for number, (before, _) in enumerate(changes)},
    )
    for one in order.circles:
        now[one] = {invoice: int(amount) for invoice, amount in order.what_stays(one).items()}
    for wave in waves(order.ordered.values()):
        touched = [invoice for row in wave for invoice in {*now[row.source_id], *then[row.source_id]}]
        assert len(touched) == len(set(touched))  # in one batch none touches another's
        for row in wave:
            now[row.source_id] = then[row.source_id]
        assert all(held(now)[one] <= total[one] for one in INVOICES)
    assert now == then
    assert order.ordered.keys() == now.keys()


def test_a_chain_needs_nobody_to_be_taken_off_first() -> None:
    rows = [a_row(0, {"2": 1}), a_row(1, {"3": 1}), a_row(2, {})]
    links = {"0": a_link(0, {"1": 1}), "1": a_link(1, {"2": 1}), "2": a_link(2, {"3": 1})}
    order = Order.of(rows, links)
    assert not order.circles
    assert list(order.ordered) == ["2", "1", "0"]
