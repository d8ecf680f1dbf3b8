"""What time it is at QuickBooks, as its answers say. No sign-in, no metered read."""

import datetime as dt
from email.utils import parsedate_to_datetime

import requests

from rentaxis_pipelines.quickbooks.faults import NotSent
from rentaxis_pipelines.safety.outgoing import keep_to

_SECONDS = (10.0, 30.0)  # connect, read


def time_of(base_url: str) -> dt.datetime | None:
    """The moment of the answer, cut to its second; None where it does not say. Raises NotSent where nothing answers."""
    with requests.Session() as session:
        keep_to(session, base_url)
        try:
            answer = session.head(base_url, timeout=_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            raise NotSent(f"QuickBooks could not be reached ({type(error).__name__})") from None
    try:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=dt.UTC)
