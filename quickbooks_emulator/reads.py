"""Reading one object, and change data capture."""

from datetime import datetime
from hashlib import blake2b

from quickbooks_emulator import errors
from quickbooks_emulator.clock import epoch_of
from quickbooks_emulator.company import ENTITIES, SINGLES, Company
from quickbooks_emulator.query import LARGEST_PAGE
from quickbooks_emulator.store import Record

_ONLINE = ("AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")
_NOT_TRACKED = ("TaxCode", "TaxRate")
_BY_LOWER = {name.lower(): name for name in ENTITIES}


def read(company: Company, entity: str, identifier: str) -> Record:
    """Raises Refusal 2030 if the ID is not a number, 610 if there is no such object."""
    table = company.store.tables[entity].rows
    if entity in SINGLES:
        return next(iter(table.values()))
    if not identifier.lstrip("-").isdigit() and identifier not in table:
        raise errors.invalid_id(identifier)
    record = table.get(identifier)
    if record is None or not company.visible(entity, identifier):
        raise errors.object_not_found()
    return record


def alone(company: Company, entity: str, record: Record, include: str | None = None) -> Record:
    """An object as returned by its own read or write: a taxable customer shows the company's tax code,
    which lists show only where it was chosen (recorded traffic). `include`: the query parameter of that name.
    """
    if entity == "Invoice":
        return linked(company, record, include)
    code = company.profile.customer_tax_code
    if entity != "Customer" or not code or not record.get("Taxable") or "DefaultTaxCodeRef" in record:
        return record
    return {**record, "DefaultTaxCodeRef": {"value": code}}


def linked(company: Company, invoice: Record, include: str | None) -> Record:
    """An invoice with the link its customer pays by, where that was asked for and there is one: with online payment allowed
    and an e-mail address (entity reference; python-quickbooks' invoice test reads one on a sandbox).
    """
    allowed = any(invoice.get(name) for name in _ONLINE)
    if "invoicelink" not in (include or "").lower() or not allowed or "BillEmail" not in invoice:
        return invoice
    secret = blake2b(f"{company.profile.realm} {invoice['Id']}".encode(), digest_size=48).hexdigest()
    return {**invoice, "InvoiceLink": f"https://connect.intuit.com/t/scs-v1-{secret}?locale=en_US"}


def changes(company: Company, entities: str, since: str) -> list[Record]:
    """The QueryResponse list of a CDC response: one block per requested entity, live objects first, then deleted
    ones.

    At most 1000 objects altogether (documented). Raises Refusal 2020, 2000, 4001.
    """
    if not entities or not since:
        raise errors.required(*[n for n, v in (("entities", entities), ("changedSince", since)) if not v])
    try:
        moment = epoch_of(since.replace(" ", "+"))
        datetime.fromtimestamp(moment)  # noqa: DTZ006 - only checks that the stamp is within range
    except (ValueError, OverflowError, OSError):
        raise errors.invalid_query(f"invalid value: {since}") from None
    days = company.switches.cdc_days
    if days and company.clock.epoch() - moment > days * 86400:
        raise errors.invalid_query(f"changedSince must be within the last {days} days")
    left = LARGEST_PAGE
    blocks: list[Record] = []
    for written in entities.split(","):
        entity = _BY_LOWER.get(written.strip().lower())
        if entity is None or entity in _NOT_TRACKED:
            raise errors.unsupported_object(written.strip())
        found = _changed(company, entity, moment)[:left]
        left -= len(found)
        blocks.append({entity: found, "startPosition": 1, "maxResults": len(found)} if found else {})
    return blocks


def _changed(company: Company, entity: str, since: float) -> list[Record]:
    live = [
        record
        for record in company.store.tables[entity].between("MetaData.LastUpdatedTime", since, None)
        if company.visible(entity, record["Id"])
    ]
    gone = sorted(
        (epoch_of(stamp), identifier, stamp) for identifier, stamp in company.store.deleted[entity].items()
    )
    return live + [
        {"domain": "QBO", "status": "Deleted", "Id": identifier, "MetaData": {"LastUpdatedTime": stamp}}
        for moment, identifier, stamp in gone
        if moment >= since
    ]
