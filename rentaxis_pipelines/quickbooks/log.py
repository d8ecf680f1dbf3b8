"""The log of QuickBooks calls: enough for Intuit's support to find a call, without personal data.

Here: the log line of a call, and keeping other libraries from logging more. A line contains the method, the
path without its query (a query quotes names and numbers), status, milliseconds and ``intuit_tid``; never a
body, a header, a name, an amount, a memo or a token.
"""

import logging
import urllib.parse

logger = logging.getLogger("rentaxis_pipelines.quickbooks")


def log_call(method: str, url: str, outcome: str, milliseconds: float, intuit_tid: str) -> None:
    """One line for one HTTP exchange. ``outcome`` is the HTTP status or the name of an exception."""
    logger.info(
        "%s %s -> %s in %.0f ms intuit_tid=%s",
        method,
        urllib.parse.urlsplit(url).path,
        outcome,
        milliseconds,
        intuit_tid or "-",
    )


def log_wait(reason: str, seconds: float) -> None:
    """One line for a long wait of the client."""
    logger.warning("QuickBooks: %s, waiting %.0f s", reason, seconds)


def without_query(path: str) -> str:
    return path.partition("?")[0]


def _without_paths(record: logging.LogRecord) -> bool:
    """Cut every path that urllib3 logs after its first segment: a query quotes names, and a webhook's path is a secret."""
    if isinstance(record.args, tuple):
        record.args = tuple(_beginning(arg) if isinstance(arg, str) else arg for arg in record.args)
    return True


def _beginning(text: str) -> str:
    cut = without_query(text)
    return "/".join([*cut.split("/")[:2], "..."]) if cut.count("/") > 1 and cut.startswith("/") else cut


def quiet_urllib3() -> None:
    """Keep queries and paths out of urllib3's debug log. May be called any number of times."""
    logging.getLogger("urllib3.connectionpool").addFilter(_without_paths)
