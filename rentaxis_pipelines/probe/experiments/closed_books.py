"""Closed books: whether the closing date can be read, and how a write before it is answered."""

from rentaxis_pipelines.probe.company import ProbeCompany
from rentaxis_pipelines.probe.experiment import CannotTell, Seen

# Long before any books: closing them on that day changes nothing for the company.
_CLOSED, _BEFORE = "1999-12-31", "1999-12-15"
_REFUSALS = ("6200", "6210", "5010")


def readable(company: ProbeCompany) -> Seen:
    """The closing date among the preferences, and an invoice dated on it if there is one."""
    closed = _closing_date(company)
    if not closed:
        return Seen("The preferences contain no closing date: the books are open, or it cannot be read.")
    reply = company.make("Invoice", company.invoice_payload(TxnDate=closed))
    return Seen(
        f"The preferences contain a closing date. An invoice on it was {reply.said}.",
        as_expected=reply.code in _REFUSALS,
    )


def closed_by_hand(company: ProbeCompany) -> Seen:
    """A person closes the books; the preference and a write are examined; the person reopens them."""
    before = _closing_date(company)
    if before and before != _CLOSED:
        raise CannotTell("The books are already closed; the experiment on the closing date covers that.")
    company.by_hand(
        "close_books",
        f"In QuickBooks, under Account and settings, Advanced, Accounting, close the books on {_CLOSED} without a password.",
        {"date": _CLOSED},
    )
    try:
        read = _closing_date(company)
        reply = company.make("Invoice", company.invoice_payload(TxnDate=_BEFORE))
    finally:
        company.by_hand(
            "close_books",
            "Reopen the books in the same place, so that no closing date is set.",
            {"date": ""},
        )
    told = "can be read" if read == _CLOSED else "cannot be read"
    return Seen(
        f"The closing date {told} among the preferences. An invoice before it was {reply.said}.",
        as_expected=read == _CLOSED and reply.code in _REFUSALS,
    )


def _closing_date(company: ProbeCompany) -> str:
    company.facts.pop("Preferences", None)  # a person may just have changed it
    return str(company.preference("AccountingInfoPrefs", "BookCloseDate") or "")
