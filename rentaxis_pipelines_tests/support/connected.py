"""An environment as ``rentaxis-sync connect`` leaves it: variables set, the emulated company as in the beginning, a token encrypted."""

import time

import psycopg
import pytest
from cryptography.fernet import Fernet

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.ledger.database import migrate
from rentaxis_pipelines.quickbooks.tokens import Token, encrypt
from rentaxis_pipelines_tests.support.quickbooks import as_new


def connect_environment(
    monkeypatch: pytest.MonkeyPatch, rentaxis_database: str, database: str, quickbooks: Emulator
) -> None:
    """Everything but RENTAXIS_COMPANY_FILE, which is the caller's."""
    key = Fernet.generate_key().decode()
    variables = {
        "RENTAXIS_DATABASE_URL": rentaxis_database,
        "PIPELINES_DATABASE_URL": database,
        "QUICKBOOKS_BASE_URL": quickbooks.base_url,
        "QUICKBOOKS_AUTH_BASE_URL": quickbooks.auth_base_url,
        "QUICKBOOKS_REALM_ID": quickbooks.realm_id,
        "QUICKBOOKS_CLIENT_ID": quickbooks.client_id,
        "QUICKBOOKS_CLIENT_SECRET": quickbooks.client_secret,
        "QUICKBOOKS_LIMITS": "off",
        "PIPELINES_SECRET_KEY": key,
        "RENTAXIS_ORGANIZATION_ID": "1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    as_new(quickbooks)
    migrate(database)
    seal_token(database, key, quickbooks)


def seal_token(database: str, key: str, quickbooks: Emulator) -> None:
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
