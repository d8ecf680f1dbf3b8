"""The rules that the marts share with Python, as SQL: a file writes ``{{ values('waiting') }}`` where a list of them would stand.

They are constants of this program, never anything that was read. Not here: the rules themselves (``model``).
"""

from collections.abc import Mapping

from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.reasons import OPEN, WAITING
from rentaxis_pipelines.model.statuses import DRAFT, TAKEN_BACK

VALUES: Mapping[str, tuple[str | int, ...]] = {
    "waiting": tuple(code.value for code in WAITING),
    "open": tuple(code.value for code in OPEN),
    "taken_back": TAKEN_BACK,
    "not_owed": (*TAKEN_BACK, DRAFT),
    "draft": (DRAFT,),
    "records_phase": (RECORDS,),
}
