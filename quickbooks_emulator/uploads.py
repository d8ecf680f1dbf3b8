"""Attachments: the multipart upload, whose content is kept in memory, and the small services around a
transaction.
"""

import email
import email.message
import email.policy
from typing import Any

from quickbooks_emulator import errors, writes
from quickbooks_emulator.company import Company
from quickbooks_emulator.errors import Refusal
from quickbooks_emulator.given_json import NotJson, read_json
from quickbooks_emulator.store import Record


def upload(company: Company, content_type: str, body: bytes) -> list[Record]:
    """The content of AttachableResponse, one entry per file. A file that cannot be attached has a Fault in
    its place.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    metadata: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", "", "content-disposition") or ""
        if str(name).startswith("file_metadata"):
            metadata[str(name).rpartition("_")[2]] = _decoded(part)
        elif str(name).startswith("file_content"):
            files[str(name).rpartition("_")[2]] = part
    if not files and not metadata:
        raise errors.required("file_content_0")
    return [
        _attach(company, metadata.get(key, {}), files.get(key)) for key in dict.fromkeys([*metadata, *files])
    ]


def _decoded(part: Any) -> Any:
    try:
        return read_json(part.get_payload(decode=True) or b"")
    except NotJson:
        raise errors.unreadable_property() from None


def _attach(company: Company, described: Any, part: Any) -> Record:
    try:
        record, _ = writes.save(company, "Attachable", described, has_file=part is not None)
    except Refusal as refusal:
        return {"Fault": refusal.fault(in_batch=True)}
    if part is not None:
        content = part.get_payload(decode=True) or b""
        name = record.get("FileName") or part.get_filename() or "file"
        record = {
            **record,
            "FileName": name,
            "FileAccessUri": f"/v3/company/{company.profile.realm}/download/{record['Id']}",
            "TempDownloadUri": f"https://intuit-qbo-{record['Id']}.example/{name}",
            "Size": len(content),
            "ContentType": record.get("ContentType") or part.get_content_type(),
        }
        company.store.put("Attachable", record)
        company.files[str(record["Id"])] = content
    return {"Attachable": record}


# The shortest thing a reader takes for a document; what a form looks like is no matter here.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
)


def send(company: Company, entity: str, record: Record, address: str | None) -> Record:
    """Mark a form as e-mailed. Raises Refusal 2210 for a wrong address, 2020 for none."""
    where = address or record.get("BillEmail", {}).get("Address")
    if not where:
        raise errors.required("sendTo")
    if "@" not in where:
        raise errors.invalid_email()
    changed = {
        **record,
        "EmailStatus": "EmailSent",
        "DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": company.clock.stamp()},
        "SyncToken": str(int(record["SyncToken"]) + 1),
        "MetaData": company.metadata(record),
    }
    if entity != "Payment":
        changed["BillEmail"] = {"Address": where}
    company.commit(entity, changed)
    return changed
