"""What a run did to each object, and whether that still stands. Pure: versions in, one ``Touched`` an object out.

A run that was undone no longer stands; if the undo is undone itself it stands again. An object that an undo deleted and another undo
made anew is the same object under another id.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import whole_of
from rentaxis_pipelines.model.versions import LinkVersion

Address = tuple[str, str]  # QuickBooks type and id
Object = Mapping[str, Any]
FIRST_STEPS = ("note", "release")


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """An object that the run wrote, under the id it has now.

    ``made``: the run created it; ``before``: as it stood before the run, None where it was made or never seen; ``link``: that of before
    the run; ``left``: as the run left it; ``after``: as our last write left it, None where that deleted it; ``at``: the run's last write;
    ``last_written``: that of any run. ``undone_by``: the run that took it back; ``later``: the newest later write that is no part of
    undoing this run.
    """

    key: Key
    label: str
    address: Address
    made: bool
    before: Object | None
    link: Link | None
    left: Object | None
    after: Object | None
    token: str
    at: dt.datetime
    last_written: dt.datetime
    undone_by: str | None = None
    later: LinkVersion | None = None

    @property
    def source_type(self) -> str:
        """The kind of record, as a row that a person can name."""
        return self.key[0]

    @property
    def source_id(self) -> str:
        """Its id in RentAxis."""
        return self.key[1]

    @property
    def source_label(self) -> str:
        """As a person knows it."""
        return self.label

    @property
    def entity(self) -> str:
        """What it is in QuickBooks."""
        return self.address[0]


class History(msgspec.Struct, frozen=True):
    """``touched``: what the run wrote, in the order it was first written; ``now``: the present id of objects that were made anew, by address."""

    touched: list[Touched]
    now: Mapping[Address, str]


def history_of(run_id: str, versions: Sequence[LinkVersion], undoes: Mapping[str, str]) -> History:
    """``versions``: all of the records that the run wrote, oldest first; ``undoes``: the run that each undo took back."""
    groups = _by_object(versions, undoes)
    touched: list[tuple[int, Touched]] = []
    now: dict[Address, str] = {}
    for group in groups:
        mine = [version for version in group if version.run_id == run_id]
        if mine:
            touched.append((mine[0].version_id, _touched(run_id, group, mine, undoes)))
        now |= {_address(version): group[-1].quickbooks_id for version in group if _moved(version, group)}
    return History([each for _, each in sorted(touched, key=lambda dated: dated[0])], now)


def _moved(version: LinkVersion, group: Sequence[LinkVersion]) -> bool:
    return version.quickbooks_id != group[-1].quickbooks_id


def _by_object(versions: Sequence[LinkVersion], undoes: Mapping[str, str]) -> list[list[LinkVersion]]:
    """The versions of each object, under whichever id it had."""
    origins: dict[Address, Address] = {}
    deleted: dict[tuple[str, str, str], Address] = {}  # by record and QuickBooks type
    groups: dict[Address, list[LinkVersion]] = {}
    for version in versions:
        address = _address(version)
        record = (whole_of(version.source_type), version.source_id, version.quickbooks_type)
        if version.action == "create" and version.run_id in undoes and record in deleted:
            origins[address] = deleted.pop(record)
        origin = origins.setdefault(address, address)
        if version.action == "delete":
            deleted[record] = origin
        groups.setdefault(origin, []).append(version)
    return list(groups.values())


def _address(version: LinkVersion) -> Address:
    return version.quickbooks_type, version.quickbooks_id


def _touched(
    run_id: str, group: Sequence[LinkVersion], mine: Sequence[LinkVersion], undoes: Mapping[str, str]
) -> Touched:
    ours = [version for version in group if version.run_id is not None]
    first, last = mine[0], ours[-1]
    stands, undone_by = _standing(run_id, ours, undoes)
    later = [
        version
        for version in ours
        if version.version_id > mine[-1].version_id
        and version.run_id in stands
        and _changes_what_it_left(version.run_id or "", run_id, undoes)
    ]
    return Touched(
        key=(last.source_type, last.source_id),
        label=mine[-1].source_label,
        address=_address(last),
        made=first.action == "create",
        before=first.before,
        link=first.link,
        left=mine[-1].after,
        after=last.after,
        token=last.sync_token,
        at=mine[-1].at,
        last_written=last.at,
        undone_by=undone_by,
        later=later[-1] if later else None,
    )


def _standing(
    run_id: str, ours: Sequence[LinkVersion], undoes: Mapping[str, str]
) -> tuple[set[str], str | None]:
    """The runs whose writes stand, and which run took back ``run_id``, if it does not.

    First steps of an undo are no more than that: its row itself did not follow.
    """
    stands: dict[str, bool] = {}
    taken_back_by: dict[str, str] = {}

    def set_standing(run: str, standing: bool) -> None:
        stands[run] = standing
        if run in undoes:  # what it took back stands exactly where it does not
            set_standing(undoes[run], not standing)

    for version in ours:
        run = version.run_id or ""
        if run in undoes and version.action in FIRST_STEPS:
            continue
        if run in undoes:
            taken_back_by[undoes[run]] = run
        set_standing(run, True)
    undone = None if stands.get(run_id, True) else taken_back_by.get(run_id)
    return {run for run, standing in stands.items() if standing}, undone


def _changes_what_it_left(later: str, run_id: str, undoes: Mapping[str, str]) -> bool:
    """Whether a later run whose writes stand is in the way. An undo of another run only put back what stood before that; one of the same
    run is in the way of an earlier undo of it.
    """
    if later not in undoes:
        return True
    return (
        run_id in undoes
        and _root(later, undoes) == _root(run_id, undoes)
        and not _comes_of(later, run_id, undoes)
    )


def _root(run: str, undoes: Mapping[str, str]) -> str:
    """The push that a chain of undos is about."""
    while run in undoes:
        run = undoes[run]
    return run


def _comes_of(run: str, run_id: str, undoes: Mapping[str, str]) -> bool:
    """Whether it is an undo of that run, or of an undo of it, and so on."""
    while run in undoes:
        run = undoes[run]
        if run == run_id:
            return True
    return False
