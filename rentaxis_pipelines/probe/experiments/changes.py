"""Change data capture: what it returns for deleted records, and how far back it goes. Not here: queries."""

import datetime as dt
import urllib.parse

from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different, expected
from rentaxis_pipelines.probe.experiments.measuring import longest_accepted
from rentaxis_pipelines.probe.wire import Reply

DAYS_TRIED = 4000


def _changed_since(company: ProbeCompany, entities: str, since: dt.datetime, *, quiet: bool = False) -> Reply:
    asked = urllib.parse.urlencode(
        {"entities": entities, "changedSince": since.isoformat(timespec="seconds")}
    )
    return company.wire.call("GET", f"cdc?{asked}", quiet=quiet)


def _quickbooks_time(company: ProbeCompany) -> dt.datetime:
    """The time on QuickBooks' own clock, which every response contains. Raises CannotTell if it does not."""
    reply = company.wire.call("GET", f"companyinfo/{company.wire.address.realm_id}", quiet=True)
    try:
        return dt.datetime.fromisoformat(reply.content["time"])
    except (TypeError, LookupError, ValueError):
        raise CannotTell("QuickBooks did not return its time.") from None


def deleted_records(company: ProbeCompany) -> Seen:
    """An invoice is created and deleted: how does it appear among the changes?"""
    before = _quickbooks_time(company) - dt.timedelta(minutes=5)
    invoice = company.invoice("1.00")
    done = company.delete("Invoice", invoice)
    if not done.ok:
        raise CannotTell(f"Deleting the invoice was {done.said}.")
    reply = _changed_since(company, "Invoice,Payment", before)
    if not reply.ok:
        raise CannotTell(f"The request for the changes of five minutes was {reply.said}.")
    records = [record for record in _records(reply, "Invoice") if record.get("Id") == invoice["Id"]]
    if not records:
        return different("The deleted invoice is not among the changes.")
    told = sorted(records[0])
    as_expected = records[0].get("status") == "Deleted" and told == ["Id", "MetaData", "domain", "status"]
    return Seen(
        f"The deleted invoice appears among the changes with {', '.join(told)}; its status is {records[0].get('status')}.",
        as_expected,
    )


def _records(reply: Reply, entity: str) -> list[Payload]:
    parts: list[Payload] = reply.content.get("CDCResponse") or []
    return [
        record
        for part in parts
        for block in part.get("QueryResponse", [])
        for record in block.get(entity, [])
    ]


def oldest_date(company: ProbeCompany) -> Seen:
    """How many days ago may changedSince lie? Up to 4,000 are tried."""
    now = _quickbooks_time(company)

    def accepts(days: int) -> bool:
        # An hour short of so many days, so that neither clock nor time zone decides.
        return _changed_since(
            company, "Term", now - dt.timedelta(days=days) + dt.timedelta(hours=1), quiet=True
        ).ok

    days = longest_accepted(accepts, 1, 30, DAYS_TRIED)
    if not days:
        raise CannotTell("Even the changes of one day were refused.")
    if days == DAYS_TRIED:
        return expected(f"A date {DAYS_TRIED:,} days ago was accepted.", cdc_days=0)
    return different(f"{days:,} days ago was accepted, one day more was refused.", cdc_days=days)
