"""Records of several stretches of days that lie apart, read and planned for one run.

Each stretch is planned by itself, as if it were a run of its own: nothing between the stretches is read, planned or noted as pushed.
Not here: which days are worth it (``resync``), sending what was planned and showing what came of it (``orchestration.push_days``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import SettingsProblem, check_records
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.frames import DAY, RECORD_CLASSES, RecordType, records_from_frame
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.choice import Choice
from rentaxis_pipelines.sync.companies import refuse_unconfirmed_company
from rentaxis_pipelines.sync.planning.changed_parties import changed_payers, changed_vendors
from rentaxis_pipelines.sync.planning.deleted_at_source import left_behind
from rentaxis_pipelines.sync.planning.plan_parties import plan_customers
from rentaxis_pipelines.sync.planning.plan_records import plan_expenses, plan_invoices, plan_payments
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.resync.day_ranges import RangeOfTypes
from rentaxis_pipelines.sync.run import Run

Found = tuple[dt.date, Any]

_FRAMES: dict[str, tuple[RecordType, ...]] = {
    "customers": ("tenants", "programs"),
    "invoices": ("invoices",),
    "payments": ("payments",),
    "expenses": ("expenses",),
}


class Part(msgspec.Struct, frozen=True):
    """One stretch with its records by record type, as RentAxis had them, each with its day."""

    stretch: RangeOfTypes
    records: dict[str, list[Found]]


def read_parts(environment: Environment, company: Company, stretches: Iterable[RangeOfTypes]) -> list[Part]:
    """The records of all stretches, as they are at one instant. To be called under the realm's lock. Raises SourceError."""
    parts: list[Part] = []
    organization = environment.rentaxis_organization_id
    with snapshot(environment.rentaxis_database_url.get_secret_value()) as source:
        refuse_unconfirmed_company(environment, source)
        for stretch in stretches:
            records: dict[str, list[Found]] = {}
            for record_type in stretch.record_types:
                found = records.setdefault(record_type, [])
                for name in _FRAMES[record_type]:
                    frame = extract(source, name, stretch.days, organization, company.zone)
                    read = records_from_frame(frame, RECORD_CLASSES[name])
                    found += zip(frame[DAY].to_list(), read, strict=True)
            parts.append(Part(stretch, records))
    return parts


def payers_of(parts: Iterable[Part]) -> list[Payer]:
    """Everybody the records are about, each once, as RentAxis had them last."""
    newest: dict[tuple[str, str], Payer] = {}
    for part in parts:
        for record_type, found in part.records.items():
            if record_type == "expenses":
                continue
            for _, record in found:
                payer: Payer | None = record if record_type == "customers" else record.payer
                if payer is None:
                    continue
                known = newest.get((payer.kind, payer.source_id))
                if known is None or known.updated_at < payer.updated_at:
                    newest[payer.kind, payer.source_id] = payer
    return list(newest.values())


def what_is_missing(context: Context, parts: Iterable[Part], record_type: str) -> list[SettingsProblem]:
    """Each mapping that the records of that type cannot do without and cannot use, once, with the rows behind it."""
    records = [record for part in parts for _, record in part.records.get(record_type, ())]
    if record_type == "customers":
        return []
    asked: dict[str, list[Any]] = {name: [] for name in ("invoices", "payments", "expenses")}
    asked[record_type] = records
    return check_records(context, asked["invoices"], asked["payments"], asked["expenses"])


def plan_part(
    run: Run,
    environment: Environment,
    context: Context,
    choice: Choice,
    parts: Sequence[Part],
    part: Part,
    record_type: str,
    matches: Matches,
) -> str:
    """Plan the part's records of that type, and what stands on its days and is there no more; returns the plan's id.

    A record that moved from the part's days to those of another part goes with that one, and only once. ``choice``: of any days.
    """
    records = list(part.records[record_type])
    stretch = part.stretch
    choice = msgspec.structs.replace(choice, first_day=stretch.days.first_day, last_day=stretch.days.last_day)
    read = [one for each in parts for one in each.records.get(record_type, ())]
    # All that changed since it was pushed goes once, with the first part.
    first = part is next(one for one in parts if record_type in one.records)
    if record_type == "customers":
        records += changed_payers(run, environment, context, choice, read) if first else []
        return plan_customers(run, context, choice, records, matches)
    frame: RecordType = _FRAMES[record_type][0]
    found = left_behind(run, environment, context, choice, frame, read)
    records += found.moved
    if record_type == "expenses":
        vendors = changed_vendors(run, environment, choice) if first else []
        return plan_expenses(run, context, choice, records, found.vanished, vendors)
    plan = plan_invoices if record_type == "invoices" else plan_payments
    return plan(run, context, choice, records, matches, found.vanished)
