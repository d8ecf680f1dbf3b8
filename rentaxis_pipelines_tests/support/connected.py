"""The settings of a company whose QuickBooks is the emulated one, as ``rentaxis-sync connect`` leaves them.

``settings_of`` for tests that hand an Environment on; ``connect_environment`` for those that set variables.
"""

import time

import psycopg
import pytest
from cryptography.fernet import Fernet

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo.stack import connections
from rentaxis_pipelines.ledger.database import migrate
from rentaxis_pipelines.quickbooks.tokens import Token, encrypt
from rentaxis_pipelines_tests.support.quickbooks import as_new


def settings_of(rentaxis_url: str, pipelines_url: str, quickbooks: Emulator) -> dict[str, str]:
    """By the names of the variables; everything but RENTAXIS_COMPANY_FILE, with a key of its own."""
    return connections(rentaxis_url, pipelines_url, quickbooks, Fernet.generate_key().decode())


def connect_environment(
    monkeypatch: pytest.MonkeyPatch, rentaxis_database: str, database: str, quickbooks: Emulator
) -> None:
    """Variables set, the emulated company as new, a token encrypted. RENTAXIS_COMPANY_FILE is the caller's."""
    settings = settings_of(rentaxis_database, database, quickbooks)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    as_new(quickbooks)
    migrate(database)
    encrypt_token(database, settings["PIPELINES_SECRET_KEY"], quickbooks)


def encrypt_token(database: str, key: str, quickbooks: Emulator) -> None:
    """The connection that a person made on Intuit's pages."""
    encrypted = encrypt(
        Token(quickbooks.access_token, quickbooks.refresh_token, time.time() + 3600, quickbooks.realm_id), key
    )
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into ledger.oauth_tokens (realm, encrypted) values (%s, %s) "
            "on conflict (realm) do update set encrypted = excluded.encrypted",
            [quickbooks.realm_id, encrypted],
        )
