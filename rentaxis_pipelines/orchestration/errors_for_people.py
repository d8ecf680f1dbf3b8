"""The roots of each room's tree of errors: those whose text is a sentence for people. What else is raised is a fault of ours.

Here: the list, and which error of a chain is shown, for the edges that show errors (command line, Dagster). Not here: the errors and
their words.
"""

from rentaxis_pipelines.ledger.database import LedgerError
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.storage.tables import StorageError
from rentaxis_pipelines.sync.decisions import DecisionRefused
from rentaxis_pipelines.sync.guard import UnusualPlan
from rentaxis_pipelines.sync.pushing.push import PlanOutdated

ERRORS_FOR_PEOPLE: tuple[type[Exception], ...] = (
    CannotLaunch,
    DecisionRefused,
    LedgerError,
    PlanOutdated,
    QuickBooksError,
    SettingsError,
    SourceError,
    SqlModelError,
    StorageError,
    UnusualPlan,
)


def for_people(error: BaseException) -> Exception | None:
    """The outermost error in the chain of causes with a sentence for people: it says what to do, and what it was raised from does not.

    Only causes that were named (``raise ... from``) count: an error in the midst of handling another one is a fault of ours.
    """
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        if isinstance(here, ERRORS_FOR_PEOPLE):
            return here
        seen.add(id(here))
        here = here.__cause__
    return None
