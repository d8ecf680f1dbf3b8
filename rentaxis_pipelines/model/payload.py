"""A payload: what we own of a QuickBooks object, and the hash that tells whether it has changed.

Money inside is ``Decimal``. Not here: which field says what (``mapping``).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, cast

from rentaxis_pipelines.model.record_type import Entity

Payload: TypeAlias = dict[str, object]

# The reference describes a void operation for these only. A void of a Purchase or Bill carries its zeroed
# form as payload, to be sent as an ordinary update: the same end state (amounts 0, number kept, "Voided" in
# the memo).
VOIDED_BY_OPERATION: frozenset[Entity] = frozenset({"Invoice", "Payment", "BillPayment"})


def content_hash(payload: Mapping[str, object]) -> str:
    """sha256 (hex) of the payload in one canonical spelling: keys sorted, money in cents, text as it is.

    Without its currency, which is the company's own always: a company that begins to keep several has not changed its records.
    """
    said = {name: value for name, value in payload.items() if name != "CurrencyRef"}
    text = json.dumps(_canonical(said), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner) for key, inner in cast("Mapping[object, object]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_canonical(inner) for inner in cast("Sequence[object]", value)]
    return value


def as_ordered(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with what it is applied to in the order we write it: by QuickBooks' id, as text."""
    lines = cast("list[dict[str, Any]]", payload.get("Line") or [])
    if not lines or not all("LinkedTxn" in line for line in lines):
        return payload
    return {**payload, "Line": sorted(lines, key=lambda line: str(line["LinkedTxn"][0]["TxnId"]))}


FILE = "Paper"
"""The field of what a link keeps of an attached file that says which it is: ``of``, the record it is kept with, and ``sha256``. Never sent."""


def sha256_of(mapped: Mapping[str, object] | None) -> str | None:
    """The SHA-256 of the file that is kept so; None for what is no file."""
    about = (mapped or {}).get(FILE)
    return str(cast("Mapping[str, object]", about)["sha256"]) if isinstance(about, Mapping) else None


VOID_HASH = content_hash({"void": True})
"""The content hash of anything voided: a link that carries it has nothing left to void."""

INACTIVE_HASH = content_hash({"Active": False})
"""The content hash of a customer, vendor, class or location that we made inactive. Its link is ``void`` until it is needed again."""
