"""What a status in RentAxis means for the books: the one list, in Python and in SQL (``sql_values``).

Not here: which statuses RentAxis has (``rentaxis.vocabulary``), and what is said of a record that is not pushed (``mapping``).
"""

from typing import Final

DRAFT: Final = "draft"
TAKEN_BACK: Final = ("void", "failed")  # no money moves: nothing of it is to stand in QuickBooks
NOT_YET: Final = (DRAFT, "pending")  # it may post later
REFUNDED: Final = "refunded"  # the money went back: a person books that

# A record of these posts nothing. Refunded is not among them: that is said as a failure.
POSTS_NOTHING: Final = (*TAKEN_BACK, *NOT_YET)

# No transaction is made for a record of these, so it needs no customer and no mapping.
NEVER_CREATED: Final = (*POSTS_NOTHING, REFUNDED)
