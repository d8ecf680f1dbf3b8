"""The companies of one process. Each is its own World; they share nothing but a port.

Here: which company a call, a token or a sign-in belongs to. What a company is and does stands in `world`.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from quickbooks_emulator import oauth
from quickbooks_emulator.seeds import REALM
from quickbooks_emulator.world import World

_REALM = re.compile(r"[A-Za-z0-9_.-]{1,64}")  # it stands in addresses; Intuit's own are digits
Changes = list[tuple[str, str]]  # (entity, Id) of what a call changed


class Wanted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A company to create: its realm, its seed, and the switches that differ from their defaults."""

    realm: str
    seed: str = "demo"
    switches: dict[str, Any] = {}


class Companies:
    """`first` is used by calls that name no company, in the control plane and on the sign-in page."""

    def __init__(
        self,
        seed: str = "demo",
        switches: dict[str, Any] | None = None,
        realm: str = REALM,
        others: Iterable[Wanted] = (),
    ) -> None:
        """Raises ValueError for an unknown seed, a wrong switch, and a realm that cannot stand in an address or comes
        twice.
        """
        self.first = _world(seed, switches or {}, realm, oauth.WELL_KNOWN)
        self.worlds: dict[str, World] = {realm: self.first}
        self.signing_in: str | None = None  # the realm the sign-in page agrees to without asking
        self.after_change: Callable[[World, Changes], None] = lambda _world, _changes: None
        for other in others:
            self.make(other)

    def make(self, wanted: Wanted) -> World:
        """Raises as the constructor does."""
        if wanted.realm in self.worlds:
            raise ValueError(f"there is a company {wanted.realm} already")
        world = _world(wanted.seed, wanted.switches, wanted.realm, oauth.well_known(wanted.realm))
        self.worlds[wanted.realm] = world
        return world

    def remove(self, realm: str) -> None:
        """The company with its books, tokens and log. Raises ValueError for the first one and an unknown one."""
        if realm not in self.worlds:
            raise ValueError(f"there is no company {realm}")
        if self.worlds[realm] is self.first:
            raise ValueError(f"{realm} is the company this emulator was started with; it stays")
        world = self.worlds.pop(realm)
        if self.signing_in == realm:
            self.signing_in = None
        self.after_change(world, [])

    def sign_in(self, realm: str | None) -> None:
        """The company that the sign-in page approves without asking. Raises ValueError if it is unknown."""
        if realm is not None and realm not in self.worlds:
            raise ValueError(f"there is no company {realm}")
        self.signing_in = realm

    def holds(self, world: World) -> bool:
        return self.worlds.get(world.realm) is world

    def of(self, realm: str) -> World:
        """The company that logs a call to `realm`: its own, or the first one if there is none."""
        return self.worlds.get(realm, self.first)

    def token_is_valid(self, token: str) -> bool:
        """In whichever company."""
        return any(world.tokens.is_valid(token) for world in self.worlds.values())

    def of_secret(self, secret: str) -> World:
        """The company that a code or token was issued for; the first one if it is unknown."""
        return next((world for world in self.worlds.values() if world.tokens.knows(secret)), self.first)


def _world(seed: str, switches: dict[str, Any], realm: str, tokens: oauth.WellKnown) -> World:
    if not _REALM.fullmatch(realm):
        raise ValueError(f"realm {realm!r}: write letters, digits, dots, dashes and underscores, at most 64")
    try:
        return World(seed, switches, realm, tokens)
    except msgspec.ValidationError as problem:
        raise ValueError(f"switches: {problem}") from None
