"""Which companies the probe refuses. Pure rules, and their sentences.

The probe creates and removes records. So it accepts only Intuit's sandbox and this machine (an emulator), and only the company whose name
a person typed.
"""

import urllib.parse

from rentaxis_pipelines.probe.journal import CannotProbe
from rentaxis_pipelines.quickbooks.client import SANDBOX_URL
from rentaxis_pipelines.settings.addresses import is_intuit_production, is_this_machine

_SANDBOX_HOST = urllib.parse.urlsplit(SANDBOX_URL).hostname


def refuse_address(base_url: str) -> None:
    """Raises CannotProbe unless ``base_url`` is Intuit's sandbox over https, or on this machine."""
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
        f"QUICKBOOKS_BASE_URL is {where}. The probe creates and removes records, so it only runs in a sandbox company: set "
        f"QUICKBOOKS_BASE_URL to {SANDBOX_URL} and connect a sandbox company. Nothing was sent."
    )


def warning_of_pushed(base_url: str, *, is_used: bool) -> str | None:
    """What to confirm if the sync has used this company; None for an emulator, or if it has not."""
    if not is_used or is_this_machine(urllib.parse.urlsplit(base_url).hostname or ""):
        return None
    return (
        "The sync has pushed to this sandbox company. The probe leaves those records alone, but creates and removes its own next to "
        "them, and a reconciliation in the meantime would see them."
    )


def refuse_name(typed: str, company_name: str) -> None:
    """Raises CannotProbe unless the typed name is exactly the company's. The sentence quotes neither."""
    if typed != company_name or not company_name:
        raise CannotProbe(
            "The name you typed is not the name of the connected company (in QuickBooks: Account and settings, Company name). "
            "Check which company is connected, and type its name exactly. Nothing was created."
        )
