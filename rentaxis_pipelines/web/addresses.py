"""Which addresses are ours. Pure: decides about ``Host``, ``Origin`` and where a request came from.

Another site's page can make a browser send requests here: under a name of its own that it points at this machine (DNS
rebinding; the Host header shows it), or from its own pages (the Origin header and Fetch metadata show it).
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
    """``hosts``: accepted values of the Host header. ``origins``: accepted values of the Origin header.
    ``public_url``: where a browser reaches us; if it is https, cookies are sent over https only.
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
    # Not 127.0.0.1: services that redirect a browser back do not accept IP addresses.
    first = public_urls[0] if public_urls else f"http://localhost:{port}"
    return Addresses(frozenset(hosts), frozenset(origins), first)


def check_address(scope: Scope, addresses: Addresses) -> None:
    """Raises RequestRefused for a request that was sent to another host name, or by a page of another site."""
    # A route's pattern ends before a line break: "/graphql%0A" would be "/graphql" to Dagster and something else to us.
    if any(character < " " or character == "\x7f" for character in scope["path"]):
        raise RequestRefused(400, "The address contains a control character.")
    host = header(scope, b"host")
    if host is None or host.lower() not in addresses.hosts:
        raise RequestRefused(
            403,
            "This server does not answer to that host name. If the name is right, add it to WEB_PUBLIC_URL.",
        )
    origin = header(scope, b"origin")
    if origin is not None and origin.lower() not in addresses.origins:
        raise RequestRefused(403, "The request was made by a page of another site. Nothing was done.")
    site = header(scope, b"sec-fetch-site")
    changes = scope["type"] == "http" and (scope["method"] not in SAFE_METHODS or scope["path"] == "/graphql")
    if changes and site not in (None, "same-origin", "none"):
        raise RequestRefused(403, "The request was made by a page of another site. Nothing was done.")


def check_not_forwarded(scope: Scope) -> None:
    """Raises RequestRefused for a request that came through a proxy: without sign-in, only this machine is served."""
    for name in (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"):
        if header(scope, name) is not None:
            raise RequestRefused(
                403,
                "The request came through a proxy, but sign-in is off. Set WEB_SIGN_IN to serve other machines.",
            )


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, or None. Raises RequestRefused if it is given twice: two programs might read different values."""
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) > 1:
        raise RequestRefused(400, f"The header {name.decode()} is given more than once.")
    return values[0].decode("latin-1") if values else None


def peer_of(scope: Scope) -> str:
    """The address that opened the connection: a browser's, or the last proxy's."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address belongs to one of the networks."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


def client_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """The client's address: the nearest one that is not a trusted proxy's; for IPv6, the /64 network of a household."""
    address = peer_of(scope)
    forwarded = ",".join(
        value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for"
    )
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while hops and is_among(address, trusted):
        address = hops.pop()
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)
