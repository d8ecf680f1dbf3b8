"""What is open, what posts nothing and which phase holds the records are said once in Python; no module and no SQL file spells them again."""

import re
from pathlib import Path

from rentaxis_pipelines.model.reasons import OPEN, REASONS, WAITING
from rentaxis_pipelines.model.record_types import POSTS_NOTHING
from rentaxis_pipelines.model.sql_values import VALUES
from rentaxis_pipelines.model.statuses import NEVER_CREATED

PACKAGE = Path(__file__).parents[2] / "rentaxis_pipelines"
SQL = sorted(
    file for room in ("staging", "marts") for file in (PACKAGE.parent / "dbt_like_sql" / room).rglob("*.sql")
)
# The homes themselves; RentAxis' whole vocabulary of statuses; and what an older ledger's indexes were made of.
HOMES = (
    "model/reasons.py",
    "model/statuses.py",
    "model/phases.py",
    "model/results.py",
    "rentaxis/vocabulary.py",
    "ledger/migrations",
)
_QUOTE = "[\"']"
LISTS = {
    "an open row": rf"waiting_for_confirmation{_QUOTE}\s*,\s*{_QUOTE}?waiting_for_parent|"
    r"WAITING_FOR_CONFIRMATION,\s*(ReasonCode\.)?WAITING_FOR_PARENT",
    "a status that posts nothing": rf"{_QUOTE}draft{_QUOTE}\s*,\s*{_QUOTE}void{_QUOTE}|"
    rf"{_QUOTE}void{_QUOTE}\s*,\s*{_QUOTE}(draft|failed|pending){_QUOTE}",
    "a row that was written": rf"{_QUOTE}created{_QUOTE}\s*,\s*{_QUOTE}updated{_QUOTE}\s*\)",
    "the phase of the records": r"\bphase\s*(=|==|<|>|in)\s*\(?\d",
}


def test_no_module_and_no_model_spells_a_rule_again() -> None:
    again = [
        f"{file.name}: {rule}"
        for file in (*PACKAGE.rglob("*.py"), *SQL)
        if not any(home in file.as_posix() for home in HOMES)
        for rule, pattern in LISTS.items()
        if re.search(pattern, file.read_text())
    ]
    assert again == []


def test_the_pattern_finds_each_rule_in_its_own_words() -> None:
    """What would be found if somebody wrote it: else the test above could not fail."""
    assert re.search(LISTS["an open row"], "in ('waiting_for_confirmation', 'waiting_for_parent')")
    assert re.search(LISTS["a status that posts nothing"], "status in ('void', 'draft')")
    assert re.search(LISTS["a status that posts nothing"], 'status not in ("draft", "void", "pending")')
    assert re.search(LISTS["a row that was written"], "status in ('created', 'updated')")
    assert re.search(LISTS["the phase of the records"], "and p.phase = 1")


def test_what_waits_is_open_and_what_posts_nothing_is_never_created() -> None:
    assert set(WAITING) < set(OPEN)
    assert all(REASONS[code].status == "skipped" for code in OPEN)
    assert {status for statuses in POSTS_NOTHING.values() for status in statuses} <= set(NEVER_CREATED)


def test_every_list_that_sql_is_given_is_used_by_a_file() -> None:
    text = "".join(file.read_text() for file in SQL)
    assert set(re.findall(r"values\('(\w+)'\)", text)) == set(VALUES)
