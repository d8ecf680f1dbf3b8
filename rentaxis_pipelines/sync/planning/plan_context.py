"""What one plan is made with, in one value that every step of planning is handed.

Not here: the steps (``planner``), what mapping decides by (``mapping.outcome``), what was asked (``model.sync_request``).
"""

from collections.abc import Callable, Collection, Mapping

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.model.source_records import TaxDetails
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.sync.planning.approval import Approved
from rentaxis_pipelines.sync.run import Run


def _none_known(_ids: Collection[str]) -> Mapping[str, TaxDetails]:
    return {}


class PlanContext(msgspec.Struct, frozen=True, kw_only=True):
    """``mapping``: what mapping decides by, with the request. ``enabled_types``, ``direction``: the organization's own settings in RentAxis.

    ``settings``: the fingerprint of what mapping decides by (``settings_used``). ``approved``: the plan that this one is held to.
    ``tax_details``: asks RentAxis what form 1099 wants of the vendors with these ids, where the company pushes it.
    """

    run: Run
    mapping: Context
    days: DateRange
    enabled_types: frozenset[str]
    direction: str
    settings: str = ""
    approved: Approved | None = None
    tax_details: Callable[[Collection[str]], Mapping[str, TaxDetails]] = _none_known

    @property
    def connection(self) -> sa.Connection:
        return self.run.connection

    @property
    def realm(self) -> str:
        return self.run.realm

    @property
    def company(self) -> Company:
        return self.mapping.company

    @property
    def request(self) -> SyncRequest:
        return self.mapping.request

    @property
    def asks_to_overwrite(self) -> bool:
        """Whether what a person changed in QuickBooks waits for an approval before force overwrites it. A single record was named by
        a person, and what is planned ahead is looked at in any case.
        """
        request = self.request
        in_bulk = request.force and not request.ahead and request.record is None
        return in_bulk and self.company.policies.overwrite_edits == "ask"

    def gate(self, record_type: str) -> Refusal | None:
        """Why no record of that type may be pushed, or None."""
        if self.direction not in ("to_quickbooks", "both"):
            return refusal(ReasonCode.DIRECTION_EXCLUDES_PUSH)
        if record_type not in self.enabled_types:
            return refusal(ReasonCode.TYPE_NOT_ENABLED)
        return None

    def allows(self, record_type: str) -> bool:
        """Whether records of that type may be pushed at all."""
        return self.gate(record_type) is None

    def unforced(self) -> "PlanContext":
        """The same for what chosen records need: force is for the records that were chosen."""
        request = msgspec.structs.replace(self.request, force=False)
        return msgspec.structs.replace(self, mapping=msgspec.structs.replace(self.mapping, request=request))
