"""What a status in RentAxis means for the books: the only list, for Python and for SQL (``sql_values``).

Not here: which statuses RentAxis has (``rentaxis.vocabulary``), and what is said of a record that is not pushed (``mapping``).
"""

from collections.abc import Mapping
from typing import Final

DRAFT: Final = "draft"
PAID: Final = "paid"
COMPLETED: Final = "completed"
TAKEN_BACK: Final = ("void", "failed")  # no money moves: nothing of it is to stand in QuickBooks
NOT_YET: Final = (DRAFT, "pending")  # it may post later
REFUNDED: Final = "refunded"  # the money went back: a person books that

# No transaction is made for a record of these, so it needs no customer and no mapping.
NEVER_CREATED: Final = (*TAKEN_BACK, *NOT_YET, REFUNDED)

# Of each record type, the statuses a record posts nothing in. Refunded is not among them: that is said as a failure.
POSTS_NOTHING: Final[Mapping[str, tuple[str, ...]]] = {
    "invoices": (DRAFT, "void"),
    "payments": ("void", "pending", "failed"),
    "expenses": ("void",),
}

# The statuses of payments and expenses that post their money. Those of invoices are all others than the ones above.
POSTED: Final[Mapping[str, tuple[str, ...]]] = {
    "payments": (COMPLETED,),
    "expenses": (PAID, "unpaid"),
}
