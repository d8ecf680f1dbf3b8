"""The words RentAxis' records use that the company file must have an answer to: kinds, methods, accounts, with what is behind them.

Counted in the database, so that a check over many years reads a handful of rows. Not here: whether there is an answer
(``mapping.preflight``).
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.extract import staging_models
from rentaxis_pipelines.rentaxis.records import Account, Place

Use = Literal["charge", "deposited", "category", "paid_purchase", "paid_bill", "account", "place"]


class Word(msgspec.Struct, frozen=True):
    """One combination in use. ``word``: an invoice's kind or a payment's method; ``money`` in the company's currency.

    ``account`` as use: an account that exists, whether or not anything is booked on it; nothing is behind it then.
    """

    use: Use
    word: str | None
    account: Account | None
    rows: int = 0
    money: Decimal = Decimal("0.00")
    place: Place | None = None


def words_in_use(connection: sa.Connection, organization_id: str, first_day: dt.date | None) -> list[Word]:
    """All of them, of records from ``first_day`` on. ``connection`` is a ``rentaxis.database.snapshot``."""
    statement = staging_models().render("words_in_use")
    rows = connection.execute(statement, {"organization_id": organization_id, "first_day": first_day})
    return [
        Word(
            use=row.use,
            word=row.word,
            account=None if row.account is None else msgspec.json.decode(row.account, type=Account),
            rows=row.rows,
            money=row.money,
            place=None if row.place is None else msgspec.json.decode(row.place, type=Place),
        )
        for row in rows
    ]
