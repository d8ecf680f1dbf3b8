"""What a status in RentAxis means for the books: the only list, for Python and for SQL (``sql_values``).

Not here: in which of them a record type posts nothing (``record_types``), which statuses RentAxis has (``rentaxis.vocabulary``), and what is said of a record that is not pushed (``mapping``).
"""

from typing import Final

DRAFT: Final = "draft"
PENDING: Final = "pending"
PAID: Final = "paid"
PARTIALLY_PAID: Final = "partially_paid"
COMPLETED: Final = "completed"
ISSUED: Final = "issued"
POSTED: Final = "posted"
FINALIZED: Final = "finalized"
REVERSED: Final = "reversed"  # it stands, and the entry that reverses it is an entry of its own
VOID: Final = "void"
FAILED: Final = "failed"
TAKEN_BACK: Final = (VOID, FAILED)  # no money moves: nothing of it is to be in QuickBooks
NOT_YET: Final = (DRAFT, PENDING)  # it may post later
REFUNDED: Final = "refunded"  # the money went back: a person books that

# No transaction is made for a record of these, so it needs no customer and no mapping.
NEVER_CREATED: Final = (*TAKEN_BACK, *NOT_YET, REFUNDED)

EXPENSES_POSTED: Final = (PAID, PARTIALLY_PAID, "unpaid")
