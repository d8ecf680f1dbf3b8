"""Why RentAxis' ledger and QuickBooks' statements differ beyond what one record explains: the causes of the statements' own.

The causes of records are the explanations of ``explanations``. Not here: which difference has which cause (the marts ``statement_*``).
"""

from collections.abc import Mapping
from typing import Final

from rentaxis_pipelines.reports.explanations import EXPLANATIONS

NOT_OURS: Final = "not_ours"
DATED_WHEN_PAID: Final = "dated_when_paid"
DEPOSITED: Final = "deposited"
NEVER_PUSHED: Final = "never_pushed"
NOT_IN_LEDGER: Final = "not_in_ledger"
ON_ANOTHER_DAY: Final = "on_another_day"

MEANINGS: Mapping[str, str] = {
    **{each.code: each.meaning for each in EXPLANATIONS},
    DATED_WHEN_PAID: "An expense that nobody is owed is dated the day it was paid in QuickBooks, and its own day in RentAxis.",
    DEPOSITED: "It was brought to the bank in QuickBooks; RentAxis books it to the account it names at once.",
    NEVER_PUSHED: "RentAxis posts it, and no run pushes it: journal entries, categorized bank lines and the like.",
    NOT_IN_LEDGER: "It was pushed, and RentAxis' ledger posts nothing of it.",
    ON_ANOTHER_DAY: "Both post the same, in another month: a deposit is settled on one day and refunded on another.",
}
