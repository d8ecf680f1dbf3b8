"""Tenants and programs as customers, vendors as vendors.

Not here: who is who (``matching`` decides which customer a payer is, and which names are taken).
"""

from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.mapping import decide, text
from rentaxis_pipelines.mapping.outcome import (
    Action,
    Context,
    Entity,
    Existing,
    Mapped,
    Payload,
    answers,
    content_hash,
    refused,
)
from rentaxis_pipelines.rentaxis.records import Payer, Vendor

_OURS = "created"  # the origin of a link whose object this program made


def payer_label(payer: Payer) -> str:
    """The payer as a person knows it."""
    return f"{payer.kind.capitalize()} {payer.name or payer.source_id}"


def map_customer(payer: Payer, display_name: str) -> Payload:
    """The Customer of a tenant or program. ``display_name`` is legal and free
    (``text.legal_display_name``).
    """
    payload = _contact(display_name, payer.email, payer.phone, payer.address)
    if payer.kind == "program":
        payload["CompanyName"] = text.cut(text.one_line(payer.name or display_name), text.COMPANY_LENGTH)
    return payload


def map_vendor(vendor: Vendor, display_name: str) -> Payload:
    """The Vendor of an expense."""
    return _contact(display_name, vendor.email, vendor.phone, vendor.address)


@answers
def plan_customer(
    payer: Payer, existing: Existing | None, context: Context, display_name: str, *, needed: bool = False
) -> Mapped:
    """Create or update the customer of a payer, or the reason why not.

    ``needed``: a chosen invoice or payment is billed to this payer, so a payer deleted in RentAxis is still
    made.
    """
    label = payer_label(payer)
    decide.refuse_imported(payer, label)
    if payer.deleted_at is not None and existing is not None:
        raise refused(
            ReasonCode.UNCHANGED, f"{label} was deleted in RentAxis; customers are left as they are."
        )
    if payer.deleted_at is not None and not needed:
        raise refused(ReasonCode.VOID_NEVER_PUSHED, f"{label} was deleted before it was ever pushed.")
    decide.refuse_unreadable(payer, label)
    leave = context.company.policies.matched_customers == "leave"
    if existing is not None and existing.origin != _OURS and leave:
        raise refused(
            ReasonCode.UNCHANGED,
            f"{label} is linked to a customer that stood in QuickBooks before; it is left as it is.",
        )
    return _create_or_update(map_customer(payer, display_name), "Customer", existing, context, label)


@answers
def plan_vendor(vendor: Vendor, existing: Existing | None, context: Context, display_name: str) -> Mapped:
    """Create or update a vendor. One that stood in QuickBooks before is left as it is, unless the company wants otherwise."""
    if not (vendor.name or "").strip():
        raise refused(ReasonCode.MISSING_FIELD, "The vendor has no name.")
    label = f"Vendor {vendor.name}"
    leave = context.company.policies.matched_customers == "leave"
    if existing is not None and existing.origin != _OURS and leave:
        raise refused(ReasonCode.UNCHANGED, f"{label} stood in QuickBooks before; it is left as it is.")
    return _create_or_update(map_vendor(vendor, display_name), "Vendor", existing, context, label)


def _create_or_update(
    payload: Payload, entity: Entity, existing: Existing | None, context: Context, label: str
) -> Mapped:
    digest = content_hash(payload)
    if existing is not None:
        decide.refuse_unchanged(context, existing, digest, label)
    action: Action = "create" if existing is None else "update"
    return Mapped(action, entity, payload, digest, "DisplayName", str(payload["DisplayName"]))


def _contact(display_name: str, mail: str | None, number: str | None, address: str | None) -> Payload:
    payload: Payload = {"DisplayName": display_name}
    if legal_mail := text.email(mail):
        payload["PrimaryEmailAddr"] = {"Address": legal_mail}
    if legal_number := text.phone(number):
        payload["PrimaryPhone"] = {"FreeFormNumber": legal_number}
    if line := text.cut(text.one_line(address or ""), text.ADDRESS_LINE_LENGTH):
        payload["BillAddr"] = {"Line1": line}
    return payload
