"""Tenants and programs as customers, vendors as vendors.

Not here: who is who (``matching`` decides which customer a payer is, and which names are taken).
"""

from rentaxis_pipelines.mapping import contact, resolve, rules, text
from rentaxis_pipelines.mapping.outcome import (
    Action,
    Context,
    Existing,
    Mapped,
    RecordRefused,
    answers,
    refused,
)
from rentaxis_pipelines.model.payload import INACTIVE_HASH, Entity, Payload, content_hash
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer, TaxDetails, Vendor

NO_TAX_DETAILS = TaxDetails()
_PLACED = ("Job", "ParentRef", "BillWithParent")  # where a customer was put
_OURS = "created"  # the origin of a link whose object this program made


def payer_label(payer: Payer) -> str:
    """The payer as a person knows it."""
    return f"{payer.kind.capitalize()} {payer.name or payer.source_id}"


def map_customer(payer: Payer, display_name: str) -> Payload:
    """The Customer of a tenant or program. ``display_name`` is legal and free (``text.legal_display_name``)."""
    return _customer(payer, display_name)[0]


def map_vendor(vendor: Vendor, display_name: str, taxed: TaxDetails = NO_TAX_DETAILS) -> Payload:
    """The Vendor of an expense."""
    return _vendor(vendor, display_name, taxed)[0]


@answers
def plan_customer(
    payer: Payer,
    existing: Existing | None,
    context: Context,
    display_name: str,
    *,
    needed: bool = False,
    parent_id: str | None = None,
) -> Mapped:
    """Create or update the customer of a payer, or the reason why not. ``parent_id``: of the customer it is to be below; None: it stays
    where it is.

    ``needed``: a chosen invoice or payment is billed to this payer, so a payer deleted in RentAxis is still
    made.
    """
    label = payer_label(payer)
    rules.refuse_imported(payer, label)
    wanted_again = needed and existing is not None and existing.content_hash == INACTIVE_HASH
    if payer.deleted_at is not None and existing is not None and not wanted_again:
        raise refused(ReasonCode.UNCHANGED, f"{label} was deleted in RentAxis; customers are left unchanged.")
    if payer.deleted_at is not None and not needed:
        raise refused(ReasonCode.VOID_NEVER_PUSHED, f"{label} was deleted before it was ever pushed.")
    rules.refuse_unreadable(payer, label)
    leave = context.company.policies.matched_customers == "leave"
    if existing is not None and existing.origin != _OURS and leave:
        raise refused(
            ReasonCode.UNCHANGED,
            f"{label} is linked to a customer that was already in QuickBooks; it is left unchanged.",
        )
    payload, unfit = _customer(payer, display_name)
    if parent_id is not None:
        payload |= {"Job": True, "ParentRef": {"value": parent_id}, "BillWithParent": False}
    elif existing is not None:
        payload |= {name: existing.pushed[name] for name in _PLACED if name in existing.pushed}
    return _create_or_update(payload, unfit, "Customer", existing, context, label)


@answers
def plan_vendor(
    vendor: Vendor,
    existing: Existing | None,
    context: Context,
    display_name: str,
    taxed: TaxDetails = NO_TAX_DETAILS,
) -> Mapped:
    """Create or update a vendor. One that stood in QuickBooks before is left as it is, unless the company wants otherwise."""
    if not (vendor.name or "").strip():
        raise refused(
            ReasonCode.MISSING_FIELD,
            f"Vendor {vendor.source_id} has no name.",
            "Enter the vendor's name in RentAxis, then run again.",
        )
    label = f"Vendor {vendor.name}"
    leave = context.company.policies.matched_customers == "leave"
    if existing is not None and existing.origin != _OURS and leave:
        raise refused(ReasonCode.UNCHANGED, f"{label} was already in QuickBooks; it is left unchanged.")
    # The number of a vendor that was in QuickBooks before us cannot be read there, so it could never be put back: it is the accountant's.
    is_theirs = existing is not None and existing.origin != _OURS
    payload, unfit = _vendor(vendor, display_name, NO_TAX_DETAILS if is_theirs else taxed)
    if (term_id := resolve.term_id(context, vendor.terms)) is not None:
        payload["TermRef"] = {"value": term_id}
    return _create_or_update(payload, unfit, "Vendor", existing, context, label)


def _create_or_update(
    payload: Payload,
    unfit: list[str],
    entity: Entity,
    existing: Existing | None,
    context: Context,
    label: str,
) -> Mapped:
    """``unfit``: fields that QuickBooks would not take, whole or in part. What it takes nothing of stays as it was pushed."""
    kept = [name for name in unfit if name not in payload and existing and name in existing.pushed]
    if existing is not None:
        payload |= {name: existing.pushed[name] for name in kept}
    digest = content_hash(payload)
    remark = None
    if unfit:
        reason = f"{label}: {contact.in_words(unfit, payload, kept)}"
        remark = Refusal(ReasonCode.UNFIT_FIELD, reason, contact.remedy(unfit))
    if (
        existing is not None
        and existing.content_hash == digest
        and remark is not None
        and not context.request.force
    ):
        raise RecordRefused(remark)
    if existing is not None:
        rules.refuse_unchanged(context, existing, digest, label)
    action: Action = "create" if existing is None else "update"
    key = str(payload["DisplayName"])
    return Mapped(action, entity, payload, digest, key, remark=remark, kept=tuple(kept))


def _customer(payer: Payer, display_name: str) -> tuple[Payload, list[str]]:
    fields, unfit = contact.contact(payer.email, payer.phone, payer.address, payer.billing_address)
    payload: Payload = {"DisplayName": display_name, **fields}
    if payer.kind == "program":
        payload["CompanyName"] = text.cut(text.one_line(payer.name or display_name), text.COMPANY_LENGTH)
    return payload, [*_unfit_name(payer.name), *unfit]


def _vendor(vendor: Vendor, display_name: str, taxed: TaxDetails) -> tuple[Payload, list[str]]:
    fields, unfit = contact.contact(vendor.email, vendor.phone, vendor.address, vendor.billing_address)
    if taxed.is_1099 is not None:
        fields["Vendor1099"] = taxed.is_1099
    if taxed.tax_id is not None:
        fields["TaxIdentifier"] = taxed.tax_id
    more = ["TaxIdentifier"] if taxed.unfit else []
    return {"DisplayName": display_name, **fields}, [*_unfit_name(vendor.name), *unfit, *more]


def _unfit_name(name: str | None) -> list[str]:
    """A name of which nothing can be seen. QuickBooks takes others, if need be with a dash for a colon."""
    return ["DisplayName"] if name and not text.can_be_seen(name) else []
