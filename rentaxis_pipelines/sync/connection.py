"""The company's connection to QuickBooks: begin a sign-in, finish it, when it ends, under which key it is kept.

Here: what command line and web pages share: settings in, the ledger's token store and the OAuth steps together. Not here: the steps
themselves (``quickbooks.connect``), how the answer of a sign-in reaches us, calls of the API (``session``).
"""

import datetime as dt
from collections.abc import Callable

import msgspec

from rentaxis_pipelines.ledger.database import migrate
from rentaxis_pipelines.ledger.tokens import locked_token, realms_with_token
from rentaxis_pipelines.quickbooks.auth import day_of
from rentaxis_pipelines.quickbooks.connect import (
    AUTHORIZE_URL,
    Invitation,
    check_redirect_uri,
    connect,
    grant_from_answer,
    invite,
    keep_grant,
)
from rentaxis_pipelines.quickbooks.faults import TokenUnreadable
from rentaxis_pipelines.quickbooks.tokens import Token, check_keys, reencrypt
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.settings.addresses import is_intuit, is_intuit_production
from rentaxis_pipelines.sync.companies import refuse_another_company_at
from rentaxis_pipelines.sync.session import application_of, token_store

WARN_AHEAD = dt.timedelta(days=30)
AUTHORIZE_PATH = "/connect/oauth2"  # beside the token service, where that is not Intuit's own
LOOPBACK_PORT = 8765


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the company's connection without asking QuickBooks.

    ``ends_at``: the end of the whole grant. ``unused_ends_at``: the end if nothing uses it until then. None where Intuit has not said.
    ``expired``: it has ended, though nobody disconnected it. ``warning``: a sentence where something has to be done.
    """

    realm: str
    connected: bool
    expired: bool = False
    ends_at: dt.datetime | None = None
    unused_ends_at: dt.datetime | None = None
    warning: str | None = None


def begin_sign_in(environment: Environment, redirect_uri: str) -> Invitation:
    """A sign-in for the company of the settings: the page to open, and the state to keep until the answer comes.

    The ledger is reached and brought up to date first, so that what the person grants can be kept.

    Raises RedirectUnfit, TokenUnreadable (no key to keep it with), LedgerUnreachable, CompanyChanged (another organization's company).
    """
    check_redirect_uri(redirect_uri, production=is_intuit_production(environment.quickbooks_base_url))
    _make_ready(environment)
    return invite(application_of(environment), redirect_uri, authorize_url=authorize_url_of(environment))


def finish_sign_in(environment: Environment, invitation: Invitation, answer: str) -> Token:
    """The token for the answer (an address, or its query) to a sign-in that ``begin_sign_in`` began; it is kept in the ledger.

    Raises AnswerUnfit where the same sign-in may still be answered, else another AuthenticationFailed, NotSent or LedgerUnreachable.
    """
    grant = grant_from_answer(answer, invitation.state, expected_realm=environment.quickbooks_realm_id)
    _make_ready(environment)  # once more: between the two a person signs in, and a database may be made anew
    return keep_grant(application_of(environment), token_store(environment), grant, invitation.redirect_uri)


def sign_in_on_this_machine(environment: Environment, open_page: Callable[[str], object]) -> Token:
    """The whole sign-in with a callback on this machine, which Intuit takes for development keys only.

    Raises as ``begin_sign_in`` and ``finish_sign_in`` do, and OSError where the port is in use.
    """
    check_redirect_uri(
        f"http://localhost:{LOOPBACK_PORT}/callback",
        production=is_intuit_production(environment.quickbooks_base_url),
    )
    _make_ready(environment)
    return connect(
        application_of(environment),
        token_store(environment),
        open_page=open_page,
        expected_realm=environment.quickbooks_realm_id,
        port=LOOPBACK_PORT,
        authorize_url=authorize_url_of(environment),
    )


def _make_ready(environment: Environment) -> None:
    store = token_store(environment)
    migrate(environment.pipelines_database_url.get_secret_value())
    refuse_another_company_at(environment)
    with store.locked() as held:
        held.refuse_unwritable()


def authorize_url_of(environment: Environment) -> str:
    """Where people sign in: Intuit's page, or that of whoever plays Intuit."""
    base = environment.quickbooks_auth_base_url
    return AUTHORIZE_URL if is_intuit(base) else base + AUTHORIZE_PATH


def connection_of(environment: Environment, now: dt.datetime) -> Connection:
    """What the ledger knows of the connection. Raises TokenUnreadable for a wrong key, LedgerUnreachable without a database."""
    with token_store(environment).locked() as held:
        return connection_by(held.load(), environment.quickbooks_realm_id, now)


def connection_by(token: Token | None, realm: str, now: dt.datetime) -> Connection:
    """What the realm's token, or None of it, says of the connection."""
    if token is None:
        return Connection(
            realm=realm,
            connected=False,
            warning=f"QuickBooks company {realm} is not connected: run `rentaxis-sync connect` and sign in there.",
        )
    return Connection(
        realm=realm,
        connected=True,
        expired=token.connection_ends_at is not None and token.connection_ends_at <= now.timestamp(),
        ends_at=_moment(token.grant_expires_at),
        unused_ends_at=_moment(token.refresh_expires_at),
        warning=end_warning(token, now),
    )


def end_warning(token: Token, now: dt.datetime) -> str | None:
    """A sentence where the connection has ended or ends within 30 days, else None."""
    ends = token.connection_ends_at
    if ends is None or ends > (now + WARN_AHEAD).timestamp():
        return None
    company = f"The connection to QuickBooks company {token.realm_id}"
    if ends <= now.timestamp():
        return (
            f"{company} expired on {day_of(ends)}: run `rentaxis-sync connect` to connect the company again."
        )
    days = (day_of(ends) - now.astimezone(dt.UTC).date()).days
    left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    if token.grant_expires_at is None or ends < token.grant_expires_at:
        return (
            f"{company} expires on {day_of(ends)}, {left}, unless it is used: any run uses it, and so does `rentaxis-sync check`. "
            "If that does not extend it, run `rentaxis-sync connect` and sign in again before then."
        )
    return f"{company} expires on {day_of(ends)}, {left}: run `rentaxis-sync connect` and sign in again before then."


def seal_all_again(environment: Environment) -> list[str]:
    """Every token in the ledger, of whatever company, encrypted anew with the first key of PIPELINES_SECRET_KEY; returns the realms.

    Raises TokenUnreadable, once the others are done, where none of the keys opens a token.
    """
    url, keys = (
        environment.pipelines_database_url.get_secret_value(),
        environment.pipelines_secret_key.get_secret_value(),
    )
    check_keys(keys)
    migrate(url)
    done: list[str] = []
    closed: list[str] = []
    for realm in realms_with_token(url):
        with locked_token(url, realm) as held:
            encrypted = held.load()
            try:
                if encrypted is not None:
                    held.save(reencrypt(bytes(encrypted), keys))
                    done.append(realm)
            except TokenUnreadable:
                closed.append(realm)
    if closed:
        raise TokenUnreadable(
            f"No key in PIPELINES_SECRET_KEY can decrypt the stored token of QuickBooks company {', '.join(closed)}: add the key it was "
            f"stored with, or connect that company again. Encrypted with the newest key: {', '.join(done) or 'none'}."
        )
    return done


def _moment(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=0)
