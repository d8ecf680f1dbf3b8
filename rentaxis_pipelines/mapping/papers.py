"""A file RentAxis keeps with a record: the Attachable of what that record is in QuickBooks.

QuickBooks keeps the bytes of an attached file as they are: its API changes what is said of a file, never the file (entity reference).
Not here: reading the bytes (``rentaxis_pipelines.papers``), the upload (``quickbooks.upload``).
"""

import re
from collections.abc import Mapping

from rentaxis_pipelines.mapping import rules, text
from rentaxis_pipelines.mapping.outcome import (
    Context,
    Existing,
    Facts,
    Mapped,
    PaperFacts,
    RecordRefused,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import FILE, VOID_HASH, Entity, Payload, content_hash, sha256_of
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import PAPER
from rentaxis_pipelines.model.record_types import in_words
from rentaxis_pipelines.model.source_records import Paper
from rentaxis_pipelines.papers.content import refuse_too_large
from rentaxis_pipelines.papers.unfit import PaperRefused

CONTENT_TYPES: Mapping[str, str] = {
    "ai": "application/postscript", "csv": "text/csv", "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "eps": "application/postscript",
    "gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf", "png": "image/png", "rtf": "text/rtf", "tif": "image/tiff", "tiff": "image/tiff", "txt": "text/plain",
    "xls": "application/vnd.ms-excel", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "text/xml",
}  # fmt: skip
"""By the ending of the file's name: what QuickBooks takes (Intuit's help on attachments, and the lists of clients that upload)."""
_ENDINGS: Mapping[str, str] = {
    content_type: ending for ending, content_type in reversed(CONTENT_TYPES.items())
}

NAME_LENGTH = 200  # UTF-16 units; the API allows a FileName of 1000, but people's own systems have to store what they download
_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|]')


def file_name(paper: Paper) -> str | None:
    """The FileName in QuickBooks, with an ending QuickBooks takes; None where it takes no such file."""
    name = _NOT_IN_A_NAME.sub("_", text.one_line(paper.file_name or "")).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    if ending.lower() not in CONTENT_TYPES:
        ending = (
            "" if ending else _ENDINGS.get((paper.content_type or "").partition(";")[0].strip().lower(), "")
        )
        stem = name
    if not ending:
        return None
    return f"{text.cut(stem.rstrip(' .'), NAME_LENGTH - len(ending) - 1) or 'file'}.{ending}"


def paper_label(paper: Paper) -> str:
    """What it is called in results."""
    name = text.cut(text.one_line(paper.file_name or ""), 80)
    return f"File {name}" if name else f"File {paper.source_id}"


def note(paper: Paper, sha256: str) -> str:
    """What stands beside the file in QuickBooks: by these lines it is found again, whatever became of an answer or of the ledger."""
    return f"SHA-256 {sha256}\n{marker(PAPER, paper.source_id)}"


def belongs_to(paper: Paper) -> str:
    """The record it is kept with, as ``expense/7``."""
    return "/".join(paper.belongs_to)


@answers
def plan_paper(paper: Paper, existing: Existing | None, context: Context, facts: Facts) -> Mapped:
    """Attach it, bring what is said of it up to date, take it off, or say why not."""
    label, known = paper_label(paper), facts.paper or PaperFacts()
    if paper.deleted_at is not None:
        return taken_off(existing, context, label)
    if paper.problem is not None:
        raise refused(ReasonCode(paper.problem_code or ReasonCode.INVALID_VALUE), f"{label}: {paper.problem}")
    entity, object_id = _attach_to(known, existing, label)
    name = _fit_name(paper, label)
    if known.sha256 is None:
        raise (
            RecordRefused(known.unread)
            if known.unread is not None
            else refused(ReasonCode.PAPER_UNREADABLE, f"{label} could not be read.")
        )
    if known.same_as is not None:
        raise refused(
            ReasonCode.UNCHANGED,
            f"{label}: the same file is attached to its {in_words(entity)} already, as {known.same_as}.",
        )
    payload: Payload = {
        "AttachableRef": [{"EntityRef": {"type": entity, "value": object_id}, "IncludeOnSend": False}],
        "FileName": name,
        "ContentType": CONTENT_TYPES[name.rpartition(".")[2].lower()],
        "Note": note(paper, known.sha256),
        # For the link alone; the day is the one a run finds it by.
        "TxnDate": paper.record_date.isoformat(),
        FILE: {"of": belongs_to(paper), "sha256": known.sha256},
    }
    digest = content_hash(payload)
    if existing is not None:
        rules.refuse_unchanged(context, existing, digest, label)
    action = "create" if existing is None else "update"
    return Mapped(action, "Attachable", payload, digest, name, kept=("TxnDate", FILE))


def taken_off(existing: Existing | None, context: Context, label: str) -> Mapped:
    """Delete the Attachable of a file that RentAxis no longer has. Raises RecordRefused where there is none, or the company's policy is to report."""
    if existing is None:
        raise refused(ReasonCode.VOID_NEVER_PUSHED, f"{label} was deleted before it was ever attached.")
    rules.refuse_to_void_deleted(context, existing, label)
    return Mapped("delete", "Attachable", {}, VOID_HASH, str(existing.pushed.get("FileName") or label))


def taken_off_for_another(existing: Existing) -> Mapped:
    """Delete the Attachable of a file whose bytes RentAxis has exchanged: the new ones are attached as another."""
    return Mapped("delete", "Attachable", {}, VOID_HASH, str(existing.pushed.get("FileName") or ""))


def is_exchanged(link_content: Mapping[str, object], sha256: str | None) -> bool:
    """Whether the bytes that are attached are others than the file's."""
    attached = sha256_of(link_content)
    return None not in (attached, sha256) and attached != sha256


def _attach_to(known: PaperFacts, existing: Existing | None, label: str) -> tuple[Entity, str]:
    if known.attach_to is not None:
        return known.attach_to
    if existing is not None:
        raise refused(
            ReasonCode.UNCHANGED, f"{label} is attached, and its record is no longer kept up in QuickBooks."
        )
    if known.not_there is not None:
        raise RecordRefused(known.not_there)
    raise refused(
        ReasonCode.WAITING_FOR_PARENT,
        f"{label} is waiting for its record, which is not in QuickBooks yet.",
        "See the result of the record's own row; the file is attached by the run that pushes it, or the next one.",
    )


def _fit_name(paper: Paper, label: str) -> str:
    name = file_name(paper)
    if name is None:
        raise refused(
            ReasonCode.PAPER_UNFIT,
            f"{label} is of a kind that QuickBooks does not take as an attachment.",
            f"Save it as one of these kinds in RentAxis ({', '.join(CONTENT_TYPES)}), then run again.",
        )
    try:
        refuse_too_large(paper.size_bytes)
    except PaperRefused as error:
        why = error.refusal
        raise refused(ReasonCode(why.code), f"{label}: {why.reason}", why.remedy) from None
    return name
