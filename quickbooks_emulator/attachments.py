"""Rules of attachments: what they are attached to, and that they are not empty. Uploading is in uploads."""

from quickbooks_emulator import errors
from quickbooks_emulator.company import Company, Sent
from quickbooks_emulator.store import Record

_COMPUTED = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse"})


def build_attachable(company: Company, sent: Sent, has_file: bool) -> Record:
    """The whole new object. `has_file`: a file comes with it. Raises Refusal 6000."""
    _check_attached(company, sent.body)
    fields = sent.merged(_COMPUTED)
    if not (has_file or fields.get("Note") or "Size" in (sent.old or {})):
        # A live suite of 2026-08-16: a name and a content type alone are refused, with a note it goes.
        raise errors.business(errors.NOTHING_ATTACHED)
    if "AttachableRef" in fields:
        # Recorded, and in Intuit's sample: false is there.
        fields["AttachableRef"] = [{"IncludeOnSend": False, **each} for each in fields["AttachableRef"]]
    return fields


def _check_attached(company: Company, body: Record) -> None:
    """What an attachment is attached to must exist (text recorded)."""
    for each in body.get("AttachableRef", ()):
        ref = each.get("EntityRef", {})
        kind, identifier = ref.get("type", "").title(), ref.get("value", "")
        entity = next((name for name in company.store.tables if name.lower() == kind.lower()), None)
        if entity is None or company.find(entity, identifier) is None:
            what = f"{entity or kind} {identifier}"
            raise errors.business(f"The entity {what} that you are trying to link does not exist. {what}")
