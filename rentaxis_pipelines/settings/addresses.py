"""Web addresses in settings: which may be sent a secret, and which belong to Intuit. Pure.

Not here: that no redirect leads elsewhere once a request is on its way (``outgoing``).
"""

import ipaddress
import re
import urllib.parse

_CHARACTERS = re.compile(
    r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
)  # RFC 3986; others are read differently by different readers
_HOST = re.compile(
    r"[A-Za-z0-9._~\-]+|[0-9A-Fa-f:.]+"
)  # a name or IPv4 address, or what stands between the brackets of IPv6
_HALF_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_THIS_MACHINE = "this machine (localhost, 127.0.0.1 or [::1])"


def address_for_secrets(value: str) -> str:
    """The address, stripped of blanks around it. ``https``, or ``http`` to this machine.

    Raises ValueError, whose text continues "The variable X ..." and never quotes the address.
    """
    parts = _parts(value)
    if parts.scheme == "http" and not is_this_machine(parts.hostname or ""):
        raise ValueError(
            f"must begin with https://: a secret is sent there, and http:// is taken only for {_THIS_MACHINE}"
        )
    return value.strip()


def base_address(value: str) -> str:
    """The same for an address that paths are appended to: no query, no slash at the end."""
    address = address_for_secrets(value)
    if "?" in address or "#" in address:
        raise ValueError("must end with the host or a path, without ? or #")
    return address.rstrip("/")


def link(value: str) -> str:
    """An address that only people open, so ``http`` is allowed. Raises ValueError as above."""
    _parts(value)
    return value.strip().rstrip("/")


def is_this_machine(host: str) -> bool:
    """Whether ``host`` is a loopback address written as one, or ``localhost``. No name is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_intuit(address: str) -> bool:
    """Whether the address is one of Intuit's hosts."""
    host = _host(address)
    return host == "intuit.com" or host.endswith(".intuit.com")


def is_intuit_production(address: str) -> bool:
    """Whether the address is where Intuit keeps real companies, not sandbox ones."""
    return is_intuit(address) and not _host(address).startswith("sandbox-")


def _host(address: str) -> str:
    return (urllib.parse.urlsplit(address).hostname or "").rstrip(".").lower()


def _parts(value: str) -> urllib.parse.SplitResult:
    try:
        parts = urllib.parse.urlsplit(value.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a web address") from None
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"must begin with https:// (or http:// on {_THIS_MACHINE})")
    if not _HOST.fullmatch(host or "") or not _CHARACTERS.fullmatch(value.strip()):
        raise ValueError("is not a web address")
    if _HALF_ESCAPED.search(value):
        raise ValueError("is not a web address")
    if "@" in parts.netloc:
        raise ValueError(
            "must not contain a user name or password: they would be visible wherever the address is shown"
        )
    return parts
