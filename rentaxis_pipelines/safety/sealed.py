"""Numbers that nobody may read back: a vendor's tax id, from the moment it is read until it goes out to QuickBooks.

In between it is sealed: encrypted with a key that is derived from PIPELINES_SECRET_KEY, in a text that shows its last four digits alone.
The same number under the same key is the same text (AES-SIV, RFC 5297, made for that), so that a record's content hash, a request's id and
the exact body of a request sent again are what they were; without the key two numbers can be told from each other, and no more.
The first key seals; any of them opens. Under a new first key the text is another: such a vendor is written once more, with the same number.
Here: sealing, opening, masking. Not here: which fields are sealed (``quickbooks.tax_ids``), reading numbers (``rentaxis.lookups``).
"""

import base64
import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_SEALED: Final = re.compile(r"sealed:([0-9]{4}):([A-Za-z0-9_-]+)")
_DIGITS, _LONGEST = 9, 20  # of an SSN or EIN; characters QuickBooks takes (entity reference)
_NUMBER: Final = re.compile(r"[0-9](?:[ -]?[0-9])*")
_ABOUT: Final = b"rentaxis_pipelines sealed number"


class CannotOpen(Exception):
    """None of the keys opens it."""


def seal(number: str, keys: str) -> str | None:
    """The number sealed; None for one that is not nine digits, with or without hyphens or spaces. ``keys``: as PIPELINES_SECRET_KEY."""
    number = number.strip()
    digits = re.sub(r"[ -]", "", number)
    if not _NUMBER.fullmatch(number) or len(digits) != _DIGITS or len(number) > _LONGEST:
        return None
    sealed = base64.urlsafe_b64encode(_ciphers(keys)[0].encrypt(number.encode(), [_ABOUT]))
    return f"sealed:{digits[-4:]}:{sealed.decode().rstrip('=')}"


def is_sealed(text: object) -> bool:
    """Whether it is a sealed number, and nothing else."""
    return isinstance(text, str) and _SEALED.fullmatch(text) is not None


def opened(text: str, keys: str) -> str:
    """The number. Raises CannotOpen where none of the keys sealed it."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see _ciphers

    match = _SEALED.fullmatch(text)
    if match is None:
        raise CannotOpen
    sealed = base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4))
    for cipher in _ciphers(keys):
        try:
            return cipher.decrypt(sealed, [_ABOUT]).decode()
        except InvalidTag:
            continue
    raise CannotOpen


def last_four(text: str) -> str:
    """The last four digits of a number that is sealed, masked or plain; fewer where it has fewer, or is too short to show any."""
    if match := _SEALED.fullmatch(text):
        return match[1]
    shown = re.sub(r"[^0-9]", "", text)
    return shown[-4:] if len(text) > len(shown[-4:]) else ""


def masked(text: str) -> str:
    """``***-**-1234``, of whatever form of the number; empty for none."""
    return f"***-**-{last_four(text)}" if text else ""


@functools.cache
def _ciphers(keys: str) -> "list[AESSIV]":
    """One a key, in their order."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415 - megabytes that a code server never uses
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    parts = [part for part in re.split(r"[\s,]+", keys) if part]
    secrets = [base64.urlsafe_b64decode(part) for part in parts]
    return [AESSIV(HKDF(SHA256(), 64, None, _ABOUT).derive(secret)) for secret in secrets]
