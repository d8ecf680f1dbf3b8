"""Pushed records by the QuickBooks product, account or payment method that they were recorded with. Read-only.

A record that is pushed keeps what it was pushed as (``ledger.links.mapped``). Not here: which mapping led there.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute

Place = Literal["item", "expense_account", "deposited_to", "payment_method", "paid_from", "payable"]
# Where each stands in a payload (the modules of ``mapping``).
_PATHS: dict[Place, str] = {
    "item": "$.Line[*].SalesItemLineDetail.ItemRef.value",
    "expense_account": "$.Line[*].AccountBasedExpenseLineDetail.AccountRef.value",
    "deposited_to": "$.DepositToAccountRef.value",
    "payment_method": "$.PaymentMethodRef.value",
    "paid_from": "$.AccountRef.value, $.CheckPayment.BankAccountRef.value, $.CreditCardPayment.CCAccountRef.value",
    "payable": "$.APAccountRef.value",
}


class Uses(msgspec.Struct, frozen=True):
    """How many records, and their total in QuickBooks."""

    rows: int
    amount: Decimal


def uses_of(connection: sa.Connection, realm: str, places: Collection[Place], quickbooks_id: str) -> Uses:
    """Records that stand in QuickBooks with that id in one of these places."""
    tests = " or ".join(
        f"jsonb_path_exists(cast(mapped as jsonb), '{path.strip()} ? (@ == $id)', jsonb_build_object('id', cast(:id as text)))"
        for place in places
        for path in _PATHS[place].split(",")
    )
    # The id as text comes first: it is looked for in the payload as it is kept, before that is taken apart.
    statement = f"""select count(*) as rows, coalesce(sum(total), 0) as amount from ledger.links
                    where realm = :realm and state = 'live' and position(:quoted in cast(mapped as text)) > 0 and ({tests})"""  # noqa: S608 - constants of this module
    row = execute(connection, statement, realm=realm, id=quickbooks_id, quoted=f'"{quickbooks_id}"').one()
    return Uses(row.rows, row.amount)
