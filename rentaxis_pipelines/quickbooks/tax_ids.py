"""A vendor's tax id on the wire: whole in the request that goes out, and nowhere else.

QuickBooks answers with it masked, its last four characters shown; the entity reference's own samples show it whole in an answer, so every
answer is masked before anything else reads it. Here: the field in bytes of JSON. Not here: sealing and opening (``safety.sealed``).
"""

import re
from typing import Final

from rentaxis_pipelines.quickbooks.faults import TokenUnreadable
from rentaxis_pipelines.safety.sealed import CannotOpen, last_four, opened

FIELD: Final = "TaxIdentifier"
_SENT: Final = re.compile(rb'("TaxIdentifier"\s*:\s*")(sealed:[0-9]{4}:[A-Za-z0-9_-]+)(")')
_ANSWERED: Final = re.compile(rb'("(?:Primary|Secondary)?TaxIdentifier"\s*:\s*")([^"\\]*)(")')


def with_tax_ids(body: bytes, keys: str) -> bytes:
    """The body as it goes out. Text of a record that merely looks sealed is in no such field, and goes out as it is.

    Raises TokenUnreadable where a number was sealed with a key that is no longer given; nothing was sent then.
    """
    if b"sealed:" not in body:
        return body

    def whole(match: re.Match[bytes]) -> bytes:
        try:
            return match[1] + opened(match[2].decode(), keys).encode() + match[3]
        except CannotOpen:
            raise TokenUnreadable(
                "A vendor's tax id was sealed with a key that PIPELINES_SECRET_KEY no longer holds: add that key, behind the new one, "
                "until the run has ended."
            ) from None

    return _SENT.sub(whole, body)


def without_tax_ids(answer: bytes, stored: bytes | None, sent: bytes | None) -> bytes:
    """The answer with every tax id masked. ``stored``: the body as it is kept, ``sent``: as it went out; what was opened in between is
    masked wherever the answer quotes it.
    """
    if b"TaxIdentifier" in answer:
        answer = _ANSWERED.sub(lambda match: match[1] + _masked(match[2]) + match[3], answer)
    if stored is not None and sent is not None and sent != stored:
        for match in _ANSWERED.finditer(sent):
            for plain in {match[2], re.sub(rb"[ -]", b"", match[2])} - {b""}:
                answer = answer.replace(plain, _masked(match[2]))
    return answer


def same_tax_id(ours: object, theirs: object) -> bool:
    """Whether both may be the same number, as far as QuickBooks shows it."""
    if not ours or not theirs:
        return not ours and not theirs
    return last_four(str(ours)) == last_four(str(theirs))


def _masked(number: bytes) -> bytes:
    shown = last_four(number.decode("utf-8", "replace"))
    return b"XXXXX" + shown.encode() if number else b""
