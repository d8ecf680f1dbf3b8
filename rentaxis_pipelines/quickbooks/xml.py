"""Faults in XML, as QuickBooks' gateway writes them in trouble though JSON was asked for (python-quickbooks issues 43, 83 and 120,
node-quickbooks issue 242).

Here: such a body in the shape the service's JSON has. Not here: what a fault means (``faults``).
"""

import html
import re
from typing import Any

_ERROR = re.compile(
    r"<Error\s(?P<code>[^>]*)>\s*<Message>(?P<message>[^<]*)</Message>(?:\s*<Detail>(?P<detail>[^<]*)</Detail>)?"
)
_CODE = re.compile(r'\bcode="(\d+)"')


def envelope_in_xml(body: bytes) -> dict[str, Any] | None:
    """``{"Fault": {"Error": [...]}}`` of the errors in ``body``; None where there are none, as in a proxy's HTML."""
    errors = [
        {
            "code": found[1] if (found := _CODE.search(error["code"])) else "",
            "Message": html.unescape(error["message"]),
            "Detail": html.unescape(error["detail"] or ""),
        }
        for error in _ERROR.finditer(body.decode(errors="replace"))
    ]
    return {"Fault": {"Error": errors}} if errors else None
