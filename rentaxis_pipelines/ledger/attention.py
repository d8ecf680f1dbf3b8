"""What needs attention: a row that failed, is waiting, or booked money that a person must apply. The only definition.

Here: the rule, as Python and as SQL. Not here: which rows it is applied to, and what is worth retrying
(``ledger.open_rows``, ``sync.resync.retry_rules``).
"""

from typing import Final, Literal

from rentaxis_pipelines.model.reasons import WAITING, ReasonCode
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.model.sql_values import sql_list

Need = Literal["failed", "waiting", "to_apply"]
WORDS: Final[dict[Need, str]] = {"failed": "failed", "waiting": "waiting", "to_apply": "to apply by hand"}

_BY_HAND: Final = ReasonCode.APPLY_BY_HAND


def need_of(status: str, reason_code: str | None) -> Need | None:
    """What a row needs a person for; None if it was pushed, or skipped for good.

    Money that is applied automatically needs no one, and what a person must apply is reported once: by the run that booked it.
    """
    if status == "failed":
        return "failed"
    if reason_code in WAITING:
        return "waiting"
    return "to_apply" if reason_code == _BY_HAND and status in WRITTEN else None


def need_sql(row: str) -> str:
    """The same as an SQL expression over a row of ``ledger.row_results`` with the alias ``row``: the need as text, or null."""
    return f"""case when {row}.status = 'failed' then 'failed'
                    when {row}.reason_code in {sql_list(WAITING)} then 'waiting'
                    when {row}.reason_code = '{_BY_HAND}' and {row}.status in {sql_list(WRITTEN)} then 'to_apply' end"""


def describe(counts: dict[Need, int]) -> str:
    """``6 failed, 10 waiting``; empty if nothing needs attention."""
    return ", ".join(f"{counts[need]:,} {word}" for need, word in WORDS.items() if counts.get(need))
