"""What was done to a record in QuickBooks: each version with who, when, in which run, and field by field what changed. Pure.

Structs, for whatever shows them. Not here: reading the versions (``history_reading``), and how they are laid out (``cli.history``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import msgspec

from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.previews import SHORT
from rentaxis_pipelines.model.record_types import in_words
from rentaxis_pipelines.model.versions import LinkVersion, VersionAction
from rentaxis_pipelines.quickbooks.compare import changes_between
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.reports.plan_accounts import total_of
from rentaxis_pipelines.reports.plan_changes import (
    FieldChange,
    Words,
    activity_changes,
    field_in_words,
    line_changes,
    place_of_field,
    value_in_words,
)

_DONE: Final[Mapping[VersionAction, str]] = {
    "create": "created",
    "update": "changed",
    "void": "voided",
    "delete": "deleted",
    "note": "noted why it is voided",
    "release": "unapplied, to be applied again",
    "edited": "changed in QuickBooks",
}
# Said by a change of its own, or no business of an accountant's.
_UNSHOWN: Final = frozenset({"Id", "TotalAmt", "Line", "Active"})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One version. ``run`` is the short id, None for what a person did in QuickBooks; ``at`` is in the company's zone.

    ``before_known`` is False where the object was never seen as it stood: then ``changes`` say what stood afterwards only.
    """

    action: VersionAction
    done: str
    run_id: str | None
    who: str
    at: dt.datetime
    quickbooks_type: str
    quickbooks_id: str
    before_known: bool
    changes: list[FieldChange]

    @property
    def run(self) -> str | None:
        """The run's id as people write it."""
        return self.run_id and self.run_id[:SHORT]

    @property
    def heading(self) -> str:
        """``Run 1a2b3c4d, requested by Dana: invoice 145 changed``, or ``Somebody in QuickBooks changed invoice 145``."""
        what = f"{in_words(self.quickbooks_type)} {self.quickbooks_id}"
        if self.run is None:
            return f"{self.who[:1].upper()}{self.who[1:]} {self.done.removesuffix(' in QuickBooks')} {what}"
        return f"Run {self.run}, requested by {self.who}: {what} {self.done}"


class RecordHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All that was done to a record, newest last. ``remark``: what the entries do not say; empty where they say all."""

    source_type: str
    source_id: str
    label: str
    entries: list[Entry]
    remark: str

    def as_dict(self) -> dict[str, Any]:
        """For programs: instants with their offset, values in the words of the page."""
        return {
            "source_type": self.source_type,
            "source_id": self.source_id,
            "label": self.label,
            "remark": self.remark,
            "versions": [
                {
                    "action": entry.action,
                    "run_id": entry.run_id,
                    "who": entry.who,
                    "at": entry.at.isoformat(),
                    "quickbooks_type": entry.quickbooks_type,
                    "quickbooks_id": entry.quickbooks_id,
                    "before_known": entry.before_known,
                    "changes": [
                        {"field": change.field, "before": change.stands, "after": change.will_stand}
                        for change in entry.changes
                    ],
                }
                for entry in self.entries
            ],
        }


def record_history(
    key: tuple[str, str],
    label: str,
    versions: Sequence[LinkVersion],
    link: Link | None,
    words: Words,
    zone: ZoneInfo,
) -> RecordHistory:
    """The history of one record. ``versions``: oldest first, those of its parts included; ``link``: what it is in QuickBooks now."""
    return RecordHistory(
        source_type=key[0],
        source_id=key[1],
        label=label,
        entries=[_entry(version, words, zone) for version in versions],
        remark=_remark(label, versions, link, zone),
    )


def _entry(version: LinkVersion, words: Words, zone: ZoneInfo) -> Entry:
    return Entry(
        action=version.action,
        done=_DONE[version.action],
        run_id=version.run_id,
        who=version.who,
        at=version.at.astimezone(zone),
        quickbooks_type=version.quickbooks_type,
        quickbooks_id=version.quickbooks_id,
        before_known=version.before is not None or version.action == "create",
        changes=changes_of_version(version, words),
    )


def changes_of_version(version: LinkVersion, words: Words) -> list[FieldChange]:
    """Field by field what the version changed, in an accountant's words: ``stands`` before it, ``will_stand`` after it.

    Of what is new or gone, or whose former state is not known, only fields that have a word of their own.
    """
    before, after = version.before or {}, version.after or {}
    entity = version.quickbooks_type
    changes = [*_amount(entity, before, after), *activity_changes(before, after)]
    names = changes_between(before, after)
    if not before or not after:
        names = [name for name in names if field_in_words(name) != name]
    for name in sorted(names, key=place_of_field):
        if name == "Line":
            changes += line_changes(entity, _lines(before), _lines(after), words)
        elif name not in _UNSHOWN:
            named = f"{entity}Ref" if name == "ParentRef" else name  # the parent of a class is a class
            stood, stands = (value_in_words(named, side.get(name), words) for side in (before, after))
            changes.append(
                FieldChange(field_in_words(name, after.get(name, before.get(name))), stood, stands)
            )
    return [change for change in changes if change.stands != change.will_stand]


def _amount(entity: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    stood, stands = (total_of(entity, side) for side in (before, after))
    if stood == stands:
        return []
    said = "" if stands is None else as_read(stands) + (" (voided)" if is_void(after) else "")
    return [FieldChange("amount", "" if stood is None else as_read(stood), said)]


def _lines(transaction: Mapping[str, Any]) -> list[Any]:
    return cast("list[Any]", transaction.get("Line") or [])


def _remark(label: str, versions: Sequence[LinkVersion], link: Link | None, zone: ZoneInfo) -> str:
    if versions:
        return (
            ""
            if versions[0].action == "create"
            else "What was done to it earlier was not kept: it was linked before versions were."
        )
    if link is None:
        return f"Nothing has been done to {label} in QuickBooks."
    what = f"{in_words(link.quickbooks_type)} {link.quickbooks_id}"
    written = link.updated_at.astimezone(zone)
    return (
        f"{label} is {what} in QuickBooks, linked or written last on {written:%B} {written.day}, {written.year}. "
        "Nothing has been done to it since versions are kept."
    )
