"""The phases of a plan: rows of one are sent before any of the next, so that what a row names is there before it.

The records that were chosen are ``RECORDS``; only they count when what came in is compared with what went out. What they need, and
what follows from them, comes on top. Not here: which row is of which phase (``sync.planning``).
"""

from typing import Final

PLACES: Final = (
    -1
)  # classes and locations of properties; those of units have a parent, and are parents themselves
PARENTS: Final = 0  # customers, vendors, and what has to be let go of first
RECORDS: Final = 1
DEPENDENTS: Final = 2  # what needs a record: the payment of a bill
