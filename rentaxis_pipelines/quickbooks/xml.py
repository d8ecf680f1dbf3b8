"""Faults in XML, as QuickBooks' gateway sometimes returns them although JSON was requested (python-quickbooks issues 43, 83 and 120,
node-quickbooks issue 242).

Here: converting such a body to the format of the service's JSON. Not here: what a fault means (``faults``).
"""

import html
import re
from typing import Any

_ERROR = re.compile(
    r"<Error\s(?P<code>[^>]*)>\s*<Message>(?P<message>[^<]*)</Message>(?:\s*<Detail>(?P<detail>[^<]*)</Detail>)?"
)
_CODE = re.compile(r'\bcode="(\d+)"')


def envelope_in_xml(body: bytes) -> dict[str, Any] | None:
    """``{"Fault": {"Error": [...]}}`` for the errors in ``body``; None if there are none, as in a proxy's HTML."""
    errors = [
        {
            "code": match[1] if (match := _CODE.search(error["code"])) else "",
            "Message": html.unescape(error["message"]),
            "Detail": html.unescape(error["detail"] or ""),
        }
        for error in _ERROR.finditer(body.decode(errors="replace"))
    ]
    return {"Fault": {"Error": errors}} if errors else None
