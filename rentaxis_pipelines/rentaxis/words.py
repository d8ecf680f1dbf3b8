"""The words RentAxis' records use that the company file must have an answer to: kinds, methods, accounts, with what is behind them.

Counted in the database, so that a check over many years reads a handful of rows. Not here: whether there is an answer
(``mapping.preflight``).
"""

import datetime as dt
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.model.source_records import Account, Place
from rentaxis_pipelines.rentaxis.contract import Word
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of
from rentaxis_pipelines.rentaxis.vocabulary import PAYMENT_METHODS, folded

_OF_METHODS = ("deposited", "paid_purchase", "paid_bill")


def words_in_use(connection: sa.Connection, organization_id: str, first_day: dt.date | None) -> list[Word]:
    """All of them, of records from ``first_day`` on. ``connection`` is a ``rentaxis.database.snapshot``."""
    asked = {"organization_id": organization_id, "first_day": first_day}
    found: dict[tuple[str, str | None, Account | None, Place | None], Word] = {}
    for one in rows_of(connection, staging_models(), "words_in_use", asked, Word):
        word = (
            one.word if one.word is None or one.use not in _OF_METHODS else folded(one.word, PAYMENT_METHODS)
        )
        same = found.get((one.use, word, one.account, one.place))  # in another spelling
        rows, money = (same.rows, same.money) if same else (0, Decimal(0))
        found[one.use, word, one.account, one.place] = msgspec.structs.replace(
            one, word=word, rows=one.rows + rows, money=one.money + money
        )
    return list(found.values())
