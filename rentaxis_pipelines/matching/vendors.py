"""Which QuickBooks vendor a RentAxis vendor is: a link, else one e-mail, else the exact name, else a new one. Pure.

A vendor without a row in RentAxis' vendor list is known by its name alone; its key is the name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rentaxis_pipelines.ledger.rows import Link
from rentaxis_pipelines.matching.names import emails, name_key
from rentaxis_pipelines.rentaxis.records import Vendor


def vendor_key(vendor: Vendor) -> str | None:
    """What identifies the vendor in the ledger: its id, or its folded name; None for a vendor without either."""
    if vendor.source_id is not None:
        return vendor.source_id
    named = name_key(vendor.name or "")
    return f"name:{named}" if named else None


def match_vendors(
    vendors: Mapping[str, Vendor],
    existing: Iterable[dict[str, Any]],
    links: Mapping[str, Link],
    owners: Mapping[str, Any],
) -> dict[str, str | None]:
    """The QuickBooks id of each vendor by key, None where one has to be made.

    ``owners``: linked QuickBooks ids; a vendor that is somebody's already is nobody else's.
    """
    by_email: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for one in existing:
        if not one.get("Active", True) or str(one["Id"]) in owners:
            continue
        by_name[name_key(str(one.get("DisplayName") or ""))].append(str(one["Id"]))
        for address in set(emails(one.get("PrimaryEmailAddr", {}).get("Address"))):
            by_email[address].append(str(one["Id"]))
    found: dict[str, str | None] = {}
    taken: set[str] = set()
    for key in sorted(vendors):
        link = links.get(key)
        if link is not None:
            found[key] = link.quickbooks_id
            continue
        vendor = vendors[key]
        same = [one for address in emails(vendor.email) for one in by_email.get(address, [])]
        same = same if len(set(same)) == 1 else by_name.get(name_key(vendor.name or ""), [])
        free = sorted(set(same) - taken)
        found[key] = free[0] if len(free) == 1 else None
        if found[key] is not None:
            taken.add(str(found[key]))
    return found
