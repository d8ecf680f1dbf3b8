"""Which companies the probe leaves alone. Pure rules, and the sentences that go with them.

The probe makes and removes records. So it takes Intuit's sandbox and addresses of this machine (an emulator), no other, and only the
company whose name a person typed.
"""

import urllib.parse

from rentaxis_pipelines.probe.journal import CannotProbe
from rentaxis_pipelines.quickbooks.client import SANDBOX_URL
from rentaxis_pipelines.settings.addresses import is_intuit_production, is_this_machine

_SANDBOX_HOST = urllib.parse.urlsplit(SANDBOX_URL).hostname


def refuse_address(base_url: str) -> None:
    """Raises CannotProbe unless ``base_url`` is Intuit's sandbox over https, or an address of this machine."""
    parts = urllib.parse.urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".").lower()
    if is_this_machine(host) or (host == _SANDBOX_HOST and parts.scheme == "https"):
        return
    where = (
        "Intuit's address for real companies"
        if is_intuit_production(base_url)
        else "neither Intuit's sandbox nor this machine"
    )
    raise CannotProbe(
        f"QUICKBOOKS_BASE_URL is {where}. The probe makes and removes records, so it is run against a sandbox company only: set "
        f"QUICKBOOKS_BASE_URL to {SANDBOX_URL} and connect a sandbox company. Nothing was sent."
    )


def warning_of_pushed(base_url: str, *, is_used: bool) -> str | None:
    """The sentence to agree to where the ledger knows the company from runs of the sync; None for an emulator, and where it does not."""
    if not is_used or is_this_machine(urllib.parse.urlsplit(base_url).hostname or ""):
        return None
    return (
        "Runs of the sync have pushed to this sandbox company. The probe leaves their records alone, but makes and removes its own beside "
        "them, and a reconciliation in between would see them."
    )


def refuse_name(typed: str, company_name: str) -> None:
    """Raises CannotProbe unless the name that was typed is the company's, letter by letter. The sentence quotes neither."""
    if typed != company_name or not company_name:
        raise CannotProbe(
            "The name that was typed is not the name of the connected company (in QuickBooks: Account and settings, Company name). "
            "Look which company is connected, and type its name letter by letter. Nothing was made."
        )
