"""The roots of each room's tree of errors: those whose text is a sentence for people. What else is raised is a fault of ours.

Here: the list, for the edges that show errors (command line, Dagster). Not here: the errors and their words.
"""

from rentaxis_pipelines.errors import CannotLaunch
from rentaxis_pipelines.ledger.database import LedgerError
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.settings import SettingsError
from rentaxis_pipelines.storage.tables import StorageError
from rentaxis_pipelines.sync.decide_links import DecisionRefused
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
