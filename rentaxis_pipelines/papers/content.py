"""A file's bytes, from wherever RentAxis says it is: read no further than the limit, and checked against what was announced.

Here: which kinds of places there are, and the check. Not here: reading a folder (``folder``) or an address (``web``).
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rentaxis_pipelines.papers import folder, web
from rentaxis_pipelines.papers.unfit import unfit
from rentaxis_pipelines.papers.web import PUBLIC, Reach

LARGEST = 20 * 1024 * 1024
"""Bytes. Ours, on the safe side: the API takes 100 MB (Intuit's own client quickbooks-online-mcp-server); no page of Intuit's that we found says less."""
_MEGABYTE = 1024 * 1024


class Expected(msgspec.Struct, frozen=True):
    """What is known of a file before it is read. ``size``: in bytes."""

    size: int | None = None
    sha256: str | None = None


def read(location: str, papers_folder: Path | None, expected: Expected, reach: Reach = PUBLIC) -> bytes:
    """The file's bytes. Raises PaperRefused where it is too large, missing, unreadable, elsewhere than allowed, or not what was announced."""
    if is_address(location):
        return checked(web.chunks(location, reach), expected)
    return checked(folder.chunks(location, papers_folder), expected)


def is_address(location: str) -> bool:
    """Whether it is the address of something, of whatever scheme, and no path."""
    scheme, separator, _ = location.partition(":")
    return bool(separator) and "/" not in scheme and "\\" not in scheme and len(scheme) > 1


def refuse_too_large(size: int | None) -> None:
    """Raises PaperRefused for a file of more bytes than QuickBooks takes."""
    if size is not None and size > LARGEST:
        raise unfit(
            f"The file has {-(-size // _MEGABYTE):,} MB; QuickBooks takes {LARGEST // _MEGABYTE} MB at most.",
            "Make the file smaller in RentAxis (scan it with fewer dots, or split it), then run again.",
        )


def checked(chunks: Iterator[bytes], expected: Expected) -> bytes:
    """The chunks as one, read no further than the limit. Raises PaperRefused where they are not what was announced."""
    refuse_too_large(expected.size)
    content = bytearray()
    for chunk in chunks:
        content += chunk
        refuse_too_large(len(content))
    if not content:
        raise unfit("The file is empty.", "Upload the file to RentAxis again, then run again.")
    found = hashlib.sha256(content).hexdigest()
    if expected.sha256 is not None and found != expected.sha256:
        raise unfit(
            "The file's content is not the one RentAxis has recorded (its SHA-256 differs), so it was not attached.",
            "Upload the file to RentAxis again, then run again.",
        )
    if expected.sha256 is None and expected.size is not None and len(content) != expected.size:
        raise unfit(
            f"The file has {len(content):,} bytes, but RentAxis has recorded {expected.size:,}, so it was not attached.",
            "Upload the file to RentAxis again, then run again.",
        )
    return bytes(content)
