"""The terms in RentAxis' records that the company file must map: kinds, methods, accounts, with counts and money.

Counted in the database, so that a check over many years reads only a few rows. Not here: whether they are mapped
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
    """All terms in records from ``first_day`` on. ``connection`` is a ``rentaxis.database.snapshot``."""
    parameters = {"organization_id": organization_id, "first_day": first_day}
    words: dict[tuple[str, str | None, Account | None, Place | None], Word] = {}
    for row in rows_of(connection, staging_models(connection), "words_in_use", parameters, Word):
        word = (
            row.word if row.word is None or row.use not in _OF_METHODS else folded(row.word, PAYMENT_METHODS)
        )
        same = words.get((row.use, word, row.account, row.place))  # in another spelling
        rows, money = (same.rows, same.money) if same else (0, Decimal(0))
        words[row.use, word, row.account, row.place] = msgspec.structs.replace(
            row, word=word, rows=row.rows + rows, money=row.money + money
        )
    return list(words.values())
