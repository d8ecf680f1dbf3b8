"""What tells one company's data from another's, wherever several share a database.

Not here: the company's connections (``environment``) and its mappings (``company``).
"""

from typing import NamedTuple


class CompanyKey(NamedTuple):
    """One RentAxis organization with its QuickBooks company."""

    organization_id: str
    realm: str

    def schema(self, kind: str) -> str:
        """The Postgres schema that keeps this company's ``staging`` or ``reports``, and no other company's."""
        return f"{kind}_{self.realm}"

    def __str__(self) -> str:
        return f"RentAxis organization {self.organization_id} with QuickBooks company {self.realm}"
