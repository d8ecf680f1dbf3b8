"""What needs attention: a row that failed, or waits, or booked money that a person has to apply. The one definition.

Here: the rule, for a row in hand and for a statement. Not here: which rows are asked about, and what is worth another try
(``ledger.open_rows``, ``sync.resync.retry_rules``).
"""

from typing import Final, Literal

from rentaxis_pipelines.model.reasons import REASONS, WAITING, ReasonCode

Need = Literal["failed", "waiting", "to_apply"]
WORDS: Final[dict[Need, str]] = {"failed": "failed", "waiting": "waiting", "to_apply": "to apply by hand"}

_IN_PART: Final = ReasonCode.APPLIED_IN_PART
BY_ITSELF: Final = REASONS[_IN_PART].remedy
_WRITTEN: Final = ("created", "updated")


def need_of(status: str, reason_code: str | None, how_to_fix: str | None) -> Need | None:
    """What a row needs somebody for; None for one that went through, or was skipped for good.

    Money that is applied by itself needs nobody, and what a person has to apply is said once: by the run that booked it.
    """
    if status == "failed":
        return "failed"
    if reason_code in WAITING:
        return "waiting"
    is_new = reason_code == _IN_PART and status in _WRITTEN
    return "to_apply" if is_new and how_to_fix != BY_ITSELF else None


def need_sql(row: str) -> str:
    """The same as an expression over a row of ``ledger.row_results`` known as ``row``: the need as text, or null."""
    return f"""case when {row}.status = 'failed' then 'failed'
                    when {row}.reason_code in ({", ".join(f"'{code}'" for code in WAITING)}) then 'waiting'
                    when {row}.reason_code = '{_IN_PART}' and {row}.status in {_WRITTEN}
                         and {row}.how_to_fix is distinct from '{BY_ITSELF.replace("'", "''")}' then 'to_apply' end"""


def describe(counts: dict[Need, int]) -> str:
    """``6 failed, 10 waiting``; empty where nothing needs attention."""
    return ", ".join(f"{counts[need]:,} {word}" for need, word in WORDS.items() if counts.get(need))
