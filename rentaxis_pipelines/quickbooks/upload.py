"""Uploading one file with what is said of it: the multipart body, and what the answer says.

The shape is Intuit's (entity reference, Attachable; recorded traffic): parts ``file_metadata_01`` and ``file_content_01``. Whether a
request id works here as for other writes is not published, so an upload without an answer is looked for before it is sent again.
Not here: sending (``client``), batches (``batch``).
"""

import hashlib
from typing import Any, cast

from rentaxis_pipelines.quickbooks.answers import Answer
from rentaxis_pipelines.quickbooks.batch import Answered, Faulted, ItemAnswer, Missing
from rentaxis_pipelines.quickbooks.faults import parse_fault
from rentaxis_pipelines.quickbooks.json import encode

UPLOAD = "upload"
"""The path of the request, below the company."""
ATTACHABLE = "Attachable"
# Addresses that open the file for whoever has them, for a while: of no use to us, and not to be kept.
_ADDRESSES = ("TempDownloadUri", "FileAccessUri", "ThumbnailTempDownloadUri", "ThumbnailFileAccessUri")


def encode_upload(described: dict[str, Any], content: bytes) -> tuple[bytes, str]:
    """The body and its content type. ``described``: the Attachable, with FileName and ContentType.

    The boundary follows from both, so that the same file is the same request.
    """
    metadata = encode(described)
    boundary = f"rentaxis-{hashlib.sha256(metadata + hashlib.sha256(content).digest()).hexdigest()}"
    while boundary.encode() in content or boundary.encode() in metadata:
        boundary = f"rentaxis-{hashlib.sha256(boundary.encode()).hexdigest()}"
    body = b"".join((
        _part(boundary, "file_metadata_01", "attachment.json", "application/json"), metadata,
        b"\r\n", _part(boundary, "file_content_01", _in_a_header(described["FileName"]), str(described["ContentType"])), content,
        b"\r\n--", boundary.encode(), b"--\r\n",
    ))  # fmt: skip
    return body, f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, name: str, file_name: str, content_type: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return head.encode("ascii")


def _in_a_header(name: str) -> str:
    """The name in letters that a header can hold; the real one stands in the metadata."""
    return "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_"
        for letter in name
    )


def decode_upload(answer: Answer, expected: str) -> dict[str, ItemAnswer]:
    """The outcome, under the name ``expected``. An answer without the object was seen where a file had not been taken: it proves nothing."""
    listed = answer.content.get("AttachableResponse")
    entries = cast("list[Any]", listed) if isinstance(listed, list) else []
    if len(entries) != 1 or not isinstance(entries[0], dict):
        return {expected: Missing()}
    entry = cast("dict[str, Any]", entries[0])
    if fault := parse_fault(entry, http_status=answer.http_status, intuit_tid=answer.intuit_tid):
        return {expected: Faulted(fault)}
    attached = entry.get(ATTACHABLE)
    if not isinstance(attached, dict) or "Id" not in attached:
        return {expected: Missing()}
    kept = {name: value for name, value in cast("dict[str, Any]", attached).items() if name not in _ADDRESSES}
    return {expected: Answered(ATTACHABLE, kept)}
