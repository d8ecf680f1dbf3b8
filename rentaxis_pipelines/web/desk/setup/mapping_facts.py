"""What the page of the mappings is made of: the table, when QuickBooks' lists were read, and why RentAxis' words are not known, if so.

Here: asking each side once a page, RentAxis at most every five minutes. Not here: the table itself (``reports.mapping_table``).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rentaxis_pipelines.checks.books import first_day_pushed
from rentaxis_pipelines.ledger import open_records, snapshots
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.rentaxis.contract import Word
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.lookups import words_in_use
from rentaxis_pipelines.reports.mapping_table import MappingRow, mapping_table, waiting_by_key
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.snapshot import references_of
from rentaxis_pipelines.web.desk.setup.saving import SettingsFile
from rentaxis_pipelines.web.desk.visit import Visit

# What a row fails for where a mapping is missing, or no longer fits.
MAPPING_REASONS = (
    ReasonCode.MISSING_MAPPING,
    ReasonCode.INACTIVE_REFERENCE,
    ReasonCode.OTHER_CURRENCY,
)
_WORDS_KEPT = 300  # seconds: they are counted over all records


@dataclass(frozen=True)
class MappingFacts:
    """``lists_as_of``: None before QuickBooks' lists were ever read. ``being_read``: a run reads them now.
    ``words_trouble``: why RentAxis could not be asked for its words.
    """

    rows: Sequence[MappingRow]
    context: Context
    lists_as_of: dt.datetime | None
    being_read: bool
    words_trouble: str

    @property
    def missing(self) -> list[MappingRow]:
        """What records need and is not mapped, most money first."""
        return [row for row in self.rows if row.missing]


def mapping_facts(visit: Visit, current: SettingsFile) -> MappingFacts:
    """Everything as it is now. Raises LedgerError, CompanyFileError, DagsterAway."""
    company = current.file.company
    with visit.ledger() as connection:
        state = snapshots.state_of(connection, visit.realm)
        context = Context(company, references_of(connection, visit.realm))
        waiting = waiting_by_key(open_records.remedies(connection, visit.realm, MAPPING_REASONS))
    words, trouble = _words_or_why_not(visit, first_day_pushed(company))
    return MappingFacts(
        rows=mapping_table(context, words, waiting, lists_read=state is not None),
        context=context,
        lists_as_of=state[0] if state else None,
        being_read=any(run.only_reads_lists for run in visit.launcher.going()),
        words_trouble=trouble,
    )


def _words_or_why_not(visit: Visit, first_day: dt.date) -> tuple[Sequence[Word], str]:
    moment = int(visit.now.timestamp()) // _WORDS_KEPT
    try:
        # A frozen pydantic model hashes by value.
        return _words(visit.environment, first_day, moment), ""  # pyright: ignore[reportArgumentType]
    except SourceError as error:
        return (), str(error)


@lru_cache(maxsize=50)
def _words(environment: Environment, first_day: dt.date, _moment: int) -> Sequence[Word]:
    with source_of(environment) as connection:
        return words_in_use(connection, environment.rentaxis_organization_id, first_day)
