"""A linked customer or vendor as it stands in QuickBooks now, and what of it is the accountant's.

Here: what the snapshot says about a link. Not here: transactions (they are not in the snapshot).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.quickbooks.compare import differences

NAME = "DisplayName"


def with_current_name(link: Link, current: Mapping[str, Any] | None) -> Link:
    """The link with what QuickBooks shows: a name the accountant gave is theirs, and a change elsewhere in it is no conflict.

    Where somebody changed a field we wrote (other than the name) the SyncToken stays ours, so that the push finds out.
    """
    if current is None or int(current["SyncToken"]) <= int(link.sync_token):
        return link  # nothing happened since we wrote it
    ours = {field: link.mapped[field] for field in link.owned if field in link.mapped}
    changed = differences(ours, current)
    if NAME in changed:
        link = msgspec.structs.replace(
            link,
            owned=[field for field in link.owned if field != NAME],
            quickbooks_number=str(current.get(NAME) or "") or None,
        )
    if all(field == NAME for field in changed):
        link = msgspec.structs.replace(link, sync_token=str(current["SyncToken"]))
    return link
