"""The tags of a run that mean something to us, and which jobs take them: any other is refused, so that a slip of the pen never pushes.

A key with a slash is somebody else's (``dagster/...``, ``quickbooks/...``, ``yours/...``) and is passed over. Here: refusing, and the record
types that a tag names. Not here: options that are yes or no (``options``), plans and runs to undo (``approval_tags``).
"""

import difflib
from collections.abc import Mapping

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES, listed
from rentaxis_pipelines.orchestration.approval_tags import TAGS_OF
from rentaxis_pipelines.orchestration.names import (
    BULK_JOBS,
    DECIDE,
    PUSH_APPROVED,
    PUSH_DAYS,
    PUSH_RECORD,
    RECONCILE,
    UNDO_RUN,
    plain,
)
from rentaxis_pipelines.orchestration.options import FORMER_NAMES, NAMES, REQUESTED_BY_TAG, tag_name
from rentaxis_pipelines.orchestration.run_tags import COUNTS, DAYS, KIND

TYPES_TAG = "record_types"  # which record types a run pushes, separated by commas; without it, all whose assets were chosen
_OPTIONS = (*NAMES, *FORMER_NAMES)
# Single records, and what was planned before, are always read whole.
_OPTIONS_OF_RECORDS = tuple(name for name in _OPTIONS if name != "full")
_TAKEN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(BULK_JOBS, (*_OPTIONS, TYPES_TAG)),
    PUSH_RECORD: _OPTIONS_OF_RECORDS,
    PUSH_DAYS: _OPTIONS,
    PUSH_APPROVED: (*_OPTIONS_OF_RECORDS, *TAGS_OF[PUSH_APPROVED]),
    UNDO_RUN: (*_OPTIONS_OF_RECORDS, *TAGS_OF[UNDO_RUN]),
    DECIDE: (),
    RECONCILE: (),
}
_OF_ASSETS = (*_OPTIONS, TYPES_TAG)  # of a run of assets that were chosen, which is no job's
# Written by us, or by the front door: they say what a run is, and choose nothing.
_LABELS = (REQUESTED_BY_TAG, COUNTS, DAYS, KIND)
_CHOICES = tuple(dict.fromkeys(name for names in _TAKEN.values() for name in names))


def refuse_unknown_tags(job: str, tags: Mapping[str, str]) -> None:
    """``job``: the name of the run's job. Raises CannotLaunch for a tag that nobody knows, for one the job takes no notice of though a
    person would think so, and for a record type that does not exist.
    """
    name_of_job = plain(job)
    taken = _TAKEN.get(name_of_job, _OF_ASSETS)
    for key in tags:
        name = tag_name(key)
        if "/" in key or name in taken or name in _LABELS:
            continue
        if name not in _CHOICES:
            own = f"A tag of your own needs a slash in its name, such as yours/{name}."
            raise CannotLaunch(f"There is no tag {key}.{_meant(name, _CHOICES)} {own} Nothing was sent.")
        theirs = " and ".join(other for other, names in _TAKEN.items() if name in names)
        here = name_of_job if name_of_job in _TAKEN else "assets that were chosen"
        raise CannotLaunch(f"The tag {key} is for {theirs}, not for {here}. Nothing was sent.")
    types_from_tags(tags)


def types_from_tags(tags: Mapping[str, str]) -> tuple[str, ...] | None:
    """The record types that the tag names, in the order they are pushed; None where there is no such tag. Raises CannotLaunch."""
    written = {key: value for key, value in tags.items() if tag_name(key) == TYPES_TAG}
    if not written:
        return None
    if len(written) > 1:
        raise CannotLaunch(f"{' and '.join(written)} are the same tag. Give it once. Nothing was sent.")
    ((key, value),) = written.items()
    names = [tag_name(name) for name in value.split(",") if name.strip()]
    if not names:
        raise CannotLaunch(f"The tag {key} names no record types. {_CHOOSE} Nothing was sent.")
    for name in names:
        if name not in RECORD_TYPES:
            raise CannotLaunch(
                f"The tag {key} names {name}, which is no record type.{_meant(name, RECORD_TYPES)} {_CHOOSE} Nothing was sent."
            )
    return tuple(name for name in RECORD_TYPES if name in names)


_CHOOSE = f"Name any of {listed(RECORD_TYPES)}, separated by commas."


def _meant(written: str, known: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(written, known, 1)
    return f" Did you mean {nearest[0]}?" if nearest else ""
