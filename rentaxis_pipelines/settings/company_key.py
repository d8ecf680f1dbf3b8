"""What tells one company's data from another's, wherever several share a database.

Not here: the company's connections (``environment``) and its mappings (``company``).
"""

from typing import NamedTuple

_LONGEST_REALM = 30  # digits; Intuit's have 20 at most


def checked_realm(text: str) -> str:
    """A QuickBooks company id as it was given. Raises ValueError for what is none.

    It names Postgres schemas, and a name of more than 63 bytes would be cut: two companies could become one.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_REALM):
        raise ValueError(f"must be digits only, {_LONGEST_REALM} at most")
    return text


class CompanyKey(NamedTuple):
    """One RentAxis organization with its QuickBooks company."""

    organization_id: str
    realm: str

    def schema(self, kind: str) -> str:
        """The Postgres schema that keeps this company's ``staging`` or ``reports``, and no other company's."""
        return f"{kind}_{self.realm}"

    def __str__(self) -> str:
        return f"RentAxis organization {self.organization_id} with QuickBooks company {self.realm}"
