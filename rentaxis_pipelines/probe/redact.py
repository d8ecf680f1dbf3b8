"""Exchanges made fit for publication: names of the company, its people and its lists are replaced, consistently everywhere.

Bodies stay text and keep every other character, so that 100 and 100.00 stay different. IDs are kept: they mean something only together
with the company's ID, which is removed. Tokens never get here (``wire`` keeps no such header).
"""

import re
from collections.abc import Iterable
from typing import Any

from rentaxis_pipelines.probe.names import MARK
from rentaxis_pipelines.probe.wire import Exchange
from rentaxis_pipelines.quickbooks.json import decode

COMPANY_ID = "-COMPANY_ID-"
# The look behind keeps it from trying every character of a long note as a beginning.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# 5010 names the connected user and whoever was faster (recorded text); in another language the whole detail goes.
_COLLEAGUES = re.compile(r"You and .+? were working on this at the same time\. .+? finished before you did")
_NO_COLLEAGUES = "You and Person 1 were working on this at the same time. Person 2 finished before you did"
_PERSONAL = frozenset(
    {
        "name", "Name", "DisplayName", "FullyQualifiedName", "CompanyName", "LegalName", "GivenName", "MiddleName", "FamilyName",
        "PrintOnCheckName", "Address", "FreeFormNumber", "Line1", "Line2", "Line3", "Line4", "Line5", "City", "PostalCode", "AcctNum",
        "URI", "Lat", "Long",
    }
)  # fmt: skip


class Redaction:
    """Replaces personal data in one company's exchanges, and its ID and name wherever they occur."""

    def __init__(self, realm: str, company_name: str) -> None:
        self._whole = [(re.compile(rf"(?<!\d){re.escape(realm)}(?!\d)"), COMPANY_ID)]
        if company_name:
            self._whole.append((re.compile(re.escape(company_name)), "Example Company"))
        self._given: dict[str, str] = {}

    def exchange(self, recorded: Exchange) -> dict[str, Any]:
        """The exchange in the format of the recordings."""
        return {
            "recorded_at": recorded.recorded_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "request": {
                "method": recorded.method,
                "path": self.text(recorded.path),
                "query": {name: self.text(value) for name, value in recorded.query.items()},
                "content_type": recorded.content_type,
                "body": self.body(recorded.request),
            },
            "response": {
                "status": recorded.status,
                "headers": {
                    name.replace("_", "-"): self.text(value) for name, value in recorded.headers.items()
                },
                "body": self.body(recorded.response),
            },
        }

    def text(self, value: str) -> str:
        """The text without the company's ID and name, and without e-mail addresses."""
        for pattern, instead in self._whole:
            value = pattern.sub(instead, value)
        value = _COLLEAGUES.sub(_NO_COLLEAGUES, value)
        return _EMAIL.sub(lambda match: self._instead(match[0], "person", "@example.com"), value)

    def body(self, raw: str) -> str:
        """A body, JSON or not."""
        try:
            content = decode(raw.encode())
        except ValueError:
            return self.text(raw)
        for value in sorted(set(_personal(content)), key=len, reverse=True):
            # Only where it is a value: a name may be spelled like a field.
            pattern = re.compile(rf'(:\s*)"{re.escape(_as_written(value))}"')
            raw = pattern.sub(lambda match, value=value: f'{match[1]}"{self._instead(value, "Name ")}"', raw)
        return self.text(raw)

    def _instead(self, value: str, before: str, after: str = "") -> str:
        if value.endswith("@example.com"):
            return value
        return self._given.setdefault(value, f"{before}{len(self._given) + 1}{after}")


def _personal(content: Any) -> Iterable[str]:
    """Values of personal fields, except those the probe set itself."""
    if isinstance(content, list):
        for element in content:
            yield from _personal(element)
    elif isinstance(content, dict):
        for name, value in content.items():
            if name in _PERSONAL and isinstance(value, str) and value and MARK not in value:
                yield value
            elif name == "Detail" and content.get("code") == "5010" and not _COLLEAGUES.search(str(value)):
                yield str(value)
            else:
                yield from _personal(value)


def _as_written(value: str) -> str:
    """The text as it appears in QuickBooks' JSON, with only the necessary escapes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
