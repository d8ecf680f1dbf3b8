"""The OAuth token at rest: its contents, its encryption, its storage.

Here: the token, the encryption (useless without the key) and the contract of a store. Not here: the store, a row of the ledger;
getting or refreshing a token (``auth``, ``connect``).

Keys are given as one text, as in PIPELINES_SECRET_KEY: one or more, newest first, separated by commas or spaces. The first one
encrypts; any of them decrypts, so that a key can be replaced without connecting again.
"""

import re
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

from rentaxis_pipelines.quickbooks.faults import TokenUnreadable

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Token(msgspec.Struct, frozen=True):
    """One grant for one company. Times are seconds since 1970, None if Intuit has not given one.

    ``expires_at``: when the access token expires. ``refresh_expires_at``: when the refresh token expires; every refresh extends it (100
    days). ``grant_expires_at``: when the whole grant expires, however often it is refreshed (five years).
    """

    access_token: str
    refresh_token: str
    expires_at: float
    realm_id: str
    refresh_expires_at: float | None = None
    grant_expires_at: float | None = None

    @property
    def connection_ends_at(self) -> float | None:
        """After this the company must be connected again; None if Intuit has not given a time."""
        known = [moment for moment in (self.refresh_expires_at, self.grant_expires_at) if moment is not None]
        return min(known, default=None)

    def __repr__(self) -> str:
        return f"Token(realm_id={self.realm_id!r}, expires_at={self.expires_at!r})"


class HeldToken(Protocol):
    """A token store while it is locked."""

    def load(self) -> Token | None:
        """The token, or None if no company has been connected yet. Raises ``TokenUnreadable`` for a wrong key."""
        ...

    def save(self, token: Token) -> None:
        """Store ``token``; when this returns, it survives a crash."""
        ...

    def refuse_unwritable(self) -> None:
        """Raises what ``save`` would raise for a missing table, permission or folder. Changes nothing."""
        ...


class TokenStore(Protocol):
    """Where the token of one company is stored. Locking it excludes every other thread and process."""

    def locked(self) -> AbstractContextManager[HeldToken]: ...


def encrypt(token: Token, keys: str) -> bytes:
    """``token`` encrypted with the first of ``keys`` (Fernet keys: 32 bytes in URL-safe base64)."""
    return _ciphers(keys).encrypt(msgspec.json.encode(token))


def decrypt(encrypted: bytes, keys: str) -> Token:
    """The token that was encrypted with one of ``keys``.

    Raises:
        TokenUnreadable: it was encrypted with another key, or is damaged.
    """
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - see _ciphers

    try:
        return msgspec.json.decode(_ciphers(keys).decrypt(encrypted), type=Token)
    except (InvalidToken, msgspec.DecodeError):
        raise _unreadable() from None


def reencrypt(encrypted: bytes, keys: str) -> bytes:
    """Re-encrypted with the first of ``keys``. Raises ``TokenUnreadable`` if none of them decrypts it."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - see _ciphers

    try:
        return _ciphers(keys).rotate(encrypted)
    except InvalidToken:
        raise _unreadable() from None


def check_keys(keys: str) -> None:
    """Raises ``TokenUnreadable`` if one of ``keys`` is not a key; the sentence never quotes it."""
    _ciphers(keys)


def _ciphers(keys: str) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - 8 MB that a code server never uses

    parts = [part for part in re.split(r"[\s,]+", keys) if part]
    ciphers: list[Fernet] = []
    for number, part in enumerate(parts, start=1):
        try:
            ciphers.append(Fernet(part))
        except ValueError:
            which = (
                "PIPELINES_SECRET_KEY"
                if len(parts) == 1
                else f"Key {number} of {len(parts)} in PIPELINES_SECRET_KEY"
            )
            raise _no_key(which) from None
    if not ciphers:
        raise _no_key("PIPELINES_SECRET_KEY")
    return MultiFernet(ciphers)


def _no_key(which: str) -> TokenUnreadable:
    return TokenUnreadable(
        f"{which} is not a key: it must be 32 random bytes in URL-safe base64, 44 characters."
    )


def _unreadable() -> TokenUnreadable:
    return TokenUnreadable(
        "The stored QuickBooks token cannot be decrypted with any key in PIPELINES_SECRET_KEY: add the key it was stored with, "
        "or run `rentaxis-sync connect` to connect again."
    )
