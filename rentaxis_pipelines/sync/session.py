"""Opening a run: settings in, a client and the realm's lock out. The one place that wires ledger and client together."""

import functools
import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from rentaxis_pipelines.ledger.calls import locked_calls
from rentaxis_pipelines.ledger.database import looking_in, migrate
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.ledger.metered_reads import count_read
from rentaxis_pipelines.ledger.plans import refuse_run_of_another_realm
from rentaxis_pipelines.ledger.tokens import locked_token
from rentaxis_pipelines.quickbooks.auth import Application, StoredToken
from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.limits import QUICKBOOKS, Calls, HeldCalls, Limits
from rentaxis_pipelines.quickbooks.tokens import HeldToken, Token, TokenStore, check_keys, decrypt, encrypt
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.companies import REPORTS, hold_to_company
from rentaxis_pipelines.sync.progress import Progress
from rentaxis_pipelines.sync.run import Run, utc_now
from rentaxis_pipelines.sync.source import Source

TOKEN_PATH = "/oauth2/v1/tokens/bearer"


class LedgerTokenStore:
    """``quickbooks.tokens.TokenStore`` on the ledger. ``key``: one or several, as PIPELINES_SECRET_KEY holds them."""

    def __init__(self, url: str, realm: str, key: str) -> None:
        check_keys(key)  # a malformed key is said at start, not at the first refresh
        self._url, self._realm, self._key = url, realm, key

    @contextmanager
    def locked(self) -> Generator[HeldToken]:
        with locked_token(self._url, self._realm) as held:
            yield _HeldToken(held.load, held.save, held.refuse_unwritable, self._key)


@dataclass(frozen=True)
class _HeldToken:
    _load: Callable[[], bytes | None]
    _save: Callable[[bytes], None]
    refuse_unwritable: Callable[[], None]
    _key: str

    def load(self) -> Token | None:
        encrypted = self._load()
        return None if encrypted is None else decrypt(bytes(encrypted), self._key)

    def save(self, token: Token) -> None:
        self._save(encrypt(token, self._key))


class LedgerCallLog:
    """``quickbooks.limits.CallLog`` on the ledger."""

    def __init__(self, url: str, realm: str) -> None:
        self._url, self._realm = url, realm

    @contextmanager
    def locked(self) -> Generator[HeldCalls]:
        with locked_calls(self._url, self._realm) as held:
            yield _HeldCalls(held.now, held.load, held.save)


@dataclass(frozen=True)
class _HeldCalls:
    now: Callable[[], float]
    _load: Callable[[], str | None]
    _save: Callable[[str], None]

    def load(self) -> Calls:
        stored = self._load()
        return Calls() if stored is None else msgspec.json.decode(stored, type=Calls)

    def save(self, calls: Calls) -> None:
        self._save(msgspec.json.encode(calls).decode())


def application_of(environment: Environment) -> Application:
    """The app at Intuit that the settings name."""
    return Application(
        environment.quickbooks_client_id,
        environment.quickbooks_client_secret.get_secret_value(),
        environment.quickbooks_auth_base_url + TOKEN_PATH,
    )


def token_store(environment: Environment) -> TokenStore:
    """Where the realm's OAuth token is kept. Raises TokenUnreadable where PIPELINES_SECRET_KEY holds no key."""
    return LedgerTokenStore(
        environment.pipelines_database_url.get_secret_value(),
        environment.quickbooks_realm_id,
        environment.pipelines_secret_key.get_secret_value(),
    )


def token_source(environment: Environment) -> StoredToken:
    """The realm's access tokens, renewed in time. Raises TokenUnreadable as ``token_store`` does."""
    return StoredToken(application_of(environment), token_store(environment))


def limits_of(environment: Environment) -> Limits:
    """QuickBooks' limits, shared by every process that uses the ledger; none where the settings have them off."""
    if environment.quickbooks_limits != "kept":
        return Limits.off()
    url = environment.pipelines_database_url.get_secret_value()
    return Limits(LedgerCallLog(url, environment.quickbooks_realm_id))


def client_of(environment: Environment) -> QuickBooksClient:
    """The realm's client, one a process, so that connections are kept and counted together."""
    return _client(environment)  # pyright: ignore[reportArgumentType]  # a frozen pydantic model hashes by value


@functools.cache
def _client(environment: Environment) -> QuickBooksClient:
    realm = environment.quickbooks_realm_id
    return QuickBooksClient(
        RealmAddress(environment.quickbooks_base_url, realm),
        token_source(environment),
        limits=limits_of(environment),
        on_read=functools.partial(count_read, environment.pipelines_database_url.get_secret_value(), realm),
        sealed_with=environment.pipelines_secret_key.get_secret_value(),
    )


@contextmanager
def open_run(
    environment: Environment,
    run_id: str,
    requested_by: str,
    *,
    source: Source,
    client: QuickBooksClient | None = None,
    wait_seconds: float = 30.0,
    **run_options: Any,
) -> Generator[Run]:
    """A run that holds its realm until the block is left, and sees the reports of its own company.

    Raises LedgerLocked if another run holds the realm for longer than ``wait_seconds``, LedgerUnreachable without a database,
    CompanyChanged or WrongCompany if organization and realm do not belong together, RunOfAnotherCompany for a run's id that another
    realm used: before anything is written.
    """
    url = environment.pipelines_database_url.get_secret_value()
    migrate(url)
    with (
        realm_lock(url, environment.quickbooks_realm_id, wait_seconds=wait_seconds) as connection,
        looking_in(connection, environment.company_key.schema(REPORTS)),
        _old_objects_left_alone(),
    ):
        refuse_run_of_another_realm(connection, environment.quickbooks_realm_id, run_id)
        hold_to_company(connection, environment, source.settings, requested_by, utc_now())
        yield Run(
            realm=environment.quickbooks_realm_id,
            run_id=run_id,
            requested_by=requested_by,
            connection=connection,
            client=client or client_of(environment),
            progress=Progress(rows_a_minute(environment)),
            imported_customers=functools.cache(source.imported_customers),
            **run_options,
        )


def rows_a_minute(environment: Environment) -> float | None:
    """How many rows QuickBooks' limits let through, in full batches; None where they are off."""
    if environment.quickbooks_limits != "kept":
        return None
    return min(MAX_ITEMS * rate.calls * 60 / rate.seconds for rate in QUICKBOOKS.batches)


@contextmanager
def _old_objects_left_alone() -> Generator[None]:
    """Python's garbage collector passes over what is there already.

    A run makes so many objects that the collector went through all those of Dagster and pandas again and again: four tenths of
    the processor time of a push, as measured.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
