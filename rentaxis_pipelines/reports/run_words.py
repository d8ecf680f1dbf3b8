"""What a run was, in words for people: it is known by its day, its time and what it was, never by its id. Pure.

Not here: counts and money (``run_result``), the pages (``web.desk``).
"""

from collections.abc import Mapping, Sequence

from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.model.reasons import REASONS
from rentaxis_pipelines.model.record_types import (
    BY_SOURCE_TYPE,
    DECIDABLE,
    RECORD_TYPES,
    SOURCE_TYPES,
    whole_key,
)
from rentaxis_pipelines.reports.desk_words import remedy_of
from rentaxis_pipelines.reports.nights import MISSED, NIGHTLY
from rentaxis_pipelines.reports.record_names import for_people, record_name

# Who asked, where nobody did: the schedule and the sensors (``reports.nights``, ``orchestration.sensors``).
BY_ITSELF: Mapping[str, str] = {
    NIGHTLY: "Nightly run",
    MISSED: "Missed night, made up for",
    "sensor: records fixed": "Retry",
    "sensor: records edited": "Update of edited records",
}
_AUTOMATIC = "Automatic"
# Jobs that are no sync of days, by their plain names (``orchestration.names``).
_JOBS: Mapping[str, str] = {
    "push_record": "One record",
    "push_approved": "Push of an approved plan",
    "undo_run": "Undo",
    "decide": "Decision",
    "reconcile": "Proof",
}


def name_of(run: ListedRun) -> str:
    """``Sync``, ``Preview``, ``Nightly run``, ``Undo`` and so on."""
    if run.undoes is not None:
        return "Preview of an undo" if run.preview else "Undo"
    if run.approved_plan is not None:
        return "Push of an approved plan"
    if run.one_record:
        return "Preview of one record" if run.preview else "One record"
    if by_itself := BY_ITSELF.get(run.requested_by):
        return by_itself
    return "Preview" if run.preview else "Sync"


def name_of_job(job: str, requested_by: str, *, preview: bool, only_reads_lists: bool = False) -> str:
    """The same of a run that planned nothing yet, by the plain name of its job; ``only_reads_lists``: of one without any days."""
    if only_reads_lists:
        return "Reading QuickBooks' lists"
    if job == "undo_run" and preview:
        return "Preview of an undo"
    if job in _JOBS:
        return _JOBS[job]
    if by_itself := BY_ITSELF.get(requested_by):
        return by_itself
    return "Preview" if preview or job == "bulk_sync_preview" else "Sync"


def who(requested_by: str) -> str:
    """The person who asked for it; ``Automatic`` where the schedule or a sensor did, or nobody is known."""
    return _AUTOMATIC if not requested_by or requested_by in BY_ITSELF else requested_by


def types_of(record_types: Sequence[str]) -> str:
    """``all records``, ``invoices``, ``customers and invoices``: what was asked for, in the order it is pushed."""
    chosen = [name for name in RECORD_TYPES if name in record_types]
    if len(chosen) == len(RECORD_TYPES):
        return "all records"
    return f"{', '.join(chosen[:-1])} and {chosen[-1]}" if len(chosen) > 1 else "".join(chosen)


def plan_waits(run: ListedRun) -> str:
    """Why a plan of this run waits for a person, as a sentence; empty where none does."""
    if run.plan_id is None or run.plan_state != "planned":
        return ""
    return {
        "policy": "The settings of this company ask for a person's approval first, so this run was only planned. Nothing has been sent.",
        "guard": "Part of this run is far more than usual, so it was held back. It waits as a plan for a person to look at.",
    }.get(run.plan_why or "", "The plan is ready. Nothing has been sent: look at it, then approve it.")


def sentence(text: str | None) -> str:
    """A sentence of a result or a failure as a page says it: without commands, names of settings and ids."""
    return for_people(text or "")


def remedy(reason_code: str, how_to_fix: str | None) -> str:
    """What to do about a row, as a page says it."""
    if reason_code in REASONS:
        return for_people(remedy_of(reason_code, how_to_fix))
    return sentence(how_to_fix)


def record(source_type: str, source_id: str, label: str) -> str:
    """What the record of a row is called: by number or name, not by its id."""
    if source_type in SOURCE_TYPES:
        return record_name(source_type, source_id, label)
    return for_people(label)


def page_of(source_type: str, source_id: str) -> tuple[str, str] | None:
    """The record whose page tells of the row: that of the expense for the payment of a bill. None where there is no such page."""
    key = whole_key((source_type, source_id)) if source_type in BY_SOURCE_TYPE else (source_type, source_id)
    return key if key[0] in DECIDABLE else None
