"""Records whose last plan found them unchanged, or wrote them whole: how they are marked, and how the next plan knows them again.

Not here: the rows that RentAxis returned (``read_rows``), what a mark depends on beyond the ledger (``sync.planning.unchanged``).
"""

import sqlalchemy as sa


def keep_settled(connection: sa.Connection, plan_id: str) -> None:
    """Mark the plan's records that stand as they are to stand, and forget the marks of its others. The caller commits.

    For a plan that has all its results and is no preview.
    """
