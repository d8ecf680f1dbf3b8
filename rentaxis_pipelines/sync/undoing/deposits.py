"""Bank deposits that an undo puts back as they were, with the payments in them: the deposit lets go of them first, and takes them back last.

QuickBooks changes no payment that a deposit gathers (6540), and a deposit gathers a payment for its whole amount. So a deposit and the payments
in it go back together or not at all. Meanwhile the same money is taken out of Undeposited Funds in their place, as in a push
(``planning.deposits_held``). A deposit that the run made goes before everything else (``rows``). Pure.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from rentaxis_pipelines.mapping.deposits import stand_in_line
from rentaxis_pipelines.sync.undoing.history import Object
from rentaxis_pipelines.sync.undoing.item import Item
from rentaxis_pipelines.sync.undoing.restore import writable


def with_their_payments(items: Sequence[Item]) -> list[list[Item]]:
    """Each deposit that goes back to what it was, with the payments of the undo that it gathers or gathered."""
    groups: list[list[Item]] = []
    for deposit in items:
        if deposit.entity != "Deposit" or deposit.leaves_nothing:
            continue
        ids = _gathered(deposit.current) | _gathered(deposit.back)
        payments = [item for item in items if item.entity == "Payment" and item.address[1] in ids]
        groups.append([deposit, *payments])
    return groups


def wire_deposits(groups: Sequence[Sequence[Item]], undeposited: str | None) -> None:
    """Say of each deposit what it lets go of first and what it follows. ``undeposited``: the account's id. To be called once it is settled
    what goes.
    """
    for deposit, *payments in groups:
        if not deposit.goes:
            continue
        going = {payment.address[1]: payment for payment in payments if payment.goes}
        deposit.after |= {payment.key for payment in going.values()}
        held = going.keys() & _gathered(deposit.current)
        if not held or undeposited is None or deposit.current is None:
            continue
        lines = [_stand_in(line, going, undeposited) for line in writable("Deposit", deposit.current)["Line"]]
        deposit.release = {"DepositToAccountRef": _account(deposit.current), "Line": lines}


def put_back_whole(deposit: Item, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with all lines: what the deposit let go of stands in none of those QuickBooks has by then."""
    if deposit.release is None or deposit.back is None:
        return payload
    lines = writable("Deposit", deposit.back)["Line"]
    return {**payload, "DepositToAccountRef": _account(deposit.back), "Line": lines}


def _stand_in(line: dict[str, Any], going: dict[str, Item], undeposited: str) -> dict[str, Any]:
    payment = next((going[linked] for linked in _linked(line) if linked in going), None)
    if payment is None or payment.current is None:
        return line
    customer = str(payment.current["CustomerRef"]["value"])
    return stand_in_line(undeposited, customer, Decimal(line["Amount"]))


def _account(deposit: Object) -> dict[str, str]:
    return {"value": str(deposit["DepositToAccountRef"]["value"])}


def _gathered(deposit: Object | None) -> set[str]:
    """The QuickBooks ids of the payments in it."""
    lines = cast("list[dict[str, Any]]", (deposit or {}).get("Line") or [])
    return {linked for line in lines for linked in _linked(line)}


def _linked(line: dict[str, Any]) -> list[str]:
    linked = cast("list[dict[str, Any]]", line.get("LinkedTxn") or [])
    return [str(each["TxnId"]) for each in linked if each.get("TxnType") == "Payment"]
