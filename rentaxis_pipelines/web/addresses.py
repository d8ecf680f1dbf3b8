"""Which addresses are ours. Pure: decides about ``Host``, ``Origin`` and where a request was made from, reads nothing.

A page of somebody else's can make a browser send requests here: under a name of its own that it points at this machine (DNS
rebinding; the Host header tells), or from its own pages (the Origin header and Fetch metadata tell).
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import Scope

from rentaxis_pipelines.settings.web import LOOPBACK_NAMES, Network
from rentaxis_pipelines.web.people import RequestRefused

_DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class Addresses:
    """``hosts``: values of the Host header that are answered. ``origins``: values of Origin that are believed.
    ``public_url``: where a browser reaches us; https there means that cookies are for https alone.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    public_url: str

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")


def addresses_of(port: int, public_urls: Sequence[str]) -> Addresses:
    """This machine's names with the port, and the configured addresses."""
    urls = [*public_urls, *(f"http://{name}:{port}" for name in LOOPBACK_NAMES)]
    hosts: set[str] = set()
    origins: set[str] = set()
    for url in urls:
        parts = urlsplit(url.lower())
        name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
        default = _DEFAULT_PORTS[parts.scheme]
        served = parts.port or default
        hosts.add(f"{name}:{served}")
        if served == default:
            hosts.add(name)
        origins.add(f"{parts.scheme}://{name}" + ("" if served == default else f":{served}"))
    # Not 127.0.0.1: services that send a browser back take no IP address.
    first = public_urls[0] if public_urls else f"http://localhost:{port}"
    return Addresses(frozenset(hosts), frozenset(origins), first)


def check_address(scope: Scope, addresses: Addresses) -> None:
    """Raises RequestRefused for a request that was sent to another name, or by a page of somebody else's."""
    # A route's pattern ends before a line break: "/graphql%0A" would be "/graphql" to Dagster and something else to us.
    if any(character < " " or character == "\x7f" for character in scope["path"]):
        raise RequestRefused(400, "The address holds a control character.")
    host = header(scope, b"host")
    if host is None or host.lower() not in addresses.hosts:
        raise RequestRefused(
            403,
            "This server does not answer under that name. If the name is right, add it to WEB_PUBLIC_URL.",
        )
    origin = header(scope, b"origin")
    if origin is not None and origin.lower() not in addresses.origins:
        raise RequestRefused(403, "The request was made by a page of another site. Nothing was done.")
    site = header(scope, b"sec-fetch-site")
    changes = scope["type"] == "http" and (scope["method"] not in SAFE_METHODS or scope["path"] == "/graphql")
    if changes and site not in (None, "same-origin", "none"):
        raise RequestRefused(403, "The request was made by a page of another site. Nothing was done.")


def check_not_forwarded(scope: Scope) -> None:
    """Raises RequestRefused where a proxy brought the request: without sign-in, only this machine is served."""
    for name in (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"):
        if header(scope, name) is not None:
            raise RequestRefused(
                403,
                "The request came through a proxy, and nobody signs in here. Set WEB_SIGN_IN to serve other machines.",
            )


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, or None. Raises RequestRefused where it is given twice: two readers might read two different ones."""
    found = [value for key, value in scope["headers"] if key == name]
    if len(found) > 1:
        raise RequestRefused(400, f"The header {name.decode()} is given more than once.")
    return found[0].decode("latin-1") if found else None


def peer_of(scope: Scope) -> str:
    """The address of whoever opened the connection: a browser's, or the last proxy's."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address belongs to one of the networks."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(one, "ipv4_mapped", None)
    return any((mapped or one) in network for network in networks)


def client_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """The address a person comes from: the nearest one that is not a trusted proxy's; of IPv6, the network a household is given."""
    address = peer_of(scope)
    forwarded = ",".join(
        value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for"
    )
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while hops and is_among(address, trusted):
        address = hops.pop()
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{one}/64", strict=False)) if one.version == 6 else str(one)
