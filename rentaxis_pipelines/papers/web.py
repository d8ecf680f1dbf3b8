"""Files at an https address: of a public host alone, by the address that was checked, without following redirects.

A location is text from RentAxis. It must not make this program read something inside the network it runs in, so every address a name
stands for has to be public, and the connection goes to one of those that were looked at, not to what the name says a moment later.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from rentaxis_pipelines.papers.unfit import PaperRefused, unfit, unreadable

_CHUNK = 256 * 1024
_TIMEOUT = urllib3.Timeout(connect=10, read=30)
_LONGEST = 120.0  # seconds for a whole file: a server that drips must not hold up the run
_REMEDY = "Correct the file's location in RentAxis: an https address on the internet. Then run again."
_LATER = "See that the file can be downloaded from RentAxis, then run again."


def _addresses_of(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: not private, of this machine, of the link, reserved or multicast."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None and not is_public(str(inner)):
            return False
        if parsed in _TRANSLATED:  # NAT64 leads to the IPv4 address in its last bits
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Reach:
    """How far an address may lead. ``certificates``: a file of further authorities that are trusted."""

    addresses_of: Callable[[str, int], Sequence[str]] = _addresses_of
    may_reach: Callable[[str], bool] = is_public
    certificates: str | None = None


PUBLIC = Reach()


def chunks(location: str, reach: Reach = PUBLIC) -> Iterator[bytes]:
    """The file's bytes, in parts. Raises PaperRefused for any address that is not one of a public https server, and where that does not
    answer with the file.
    """
    parts = _parts(location)
    host, port = parts.hostname or "", parts.port or 443
    address = _address(host, port, reach)
    with urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=_TIMEOUT,
        retries=False,
        maxsize=1,
        server_hostname=host,
        assert_hostname=host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=reach.certificates,
    ) as pool:
        try:
            yield from _answered(pool, parts, host, port)
        except PaperRefused:
            raise
        except (HTTPError, OSError) as error:
            # Its text quotes the address.
            raise unreadable(f"The file could not be downloaded ({type(error).__name__}).", _LATER) from None


def _answered(pool: urllib3.HTTPSConnectionPool, parts: SplitResult, host: str, port: int) -> Iterator[bytes]:
    named = f"[{host}]" if ":" in host else host
    headers = {"Host": named if port == 443 else f"{named}:{port}", "Accept-Encoding": "identity"}
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    until = time.monotonic() + _LONGEST
    response = pool.request("GET", path, headers=headers, redirect=False, preload_content=False)
    try:
        if 300 <= response.status < 400:
            raise unfit("The file's address leads to another address, which is not followed.", _REMEDY)
        if response.status != 200:
            raise unreadable(
                f"The file could not be downloaded (the server answered {response.status}).", _LATER
            )
        if (response.headers.get("Content-Encoding") or "identity").lower() != "identity":
            raise unreadable("The file's server sent it compressed although it was not asked to.", _LATER)
        while chunk := response.read(_CHUNK, decode_content=False):
            if time.monotonic() > until:
                raise unreadable("The file's server was too slow.", _LATER)
            yield chunk
    finally:
        response.close()


def _parts(location: str) -> SplitResult:
    try:
        parts = urlsplit(location)
        port = parts.port
    except ValueError:
        raise unfit("The file's address cannot be read.", _REMEDY) from None
    plain = location.isascii() and location.isprintable() and " " not in location
    if not plain or parts.scheme.lower() != "https" or not parts.hostname or port == 0:
        raise unfit("The file's location is no https address.", _REMEDY)
    if parts.username is not None or parts.password is not None:
        raise unfit("The file's address holds a user name or password.", _REMEDY)
    return parts


def _address(host: str, port: int, reach: Reach) -> str:
    """The address to connect to: all that the name stands for are public."""
    try:
        found = reach.addresses_of(host, port)
    except (OSError, UnicodeError):
        raise unreadable("The server of the file's address was not found.", _LATER) from None
    if not found or not all(map(reach.may_reach, found)):
        raise unfit("The file's address is not one of the internet, but inside a private network.", _REMEDY)
    return found[0]
