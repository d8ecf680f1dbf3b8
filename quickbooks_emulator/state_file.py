"""The companies in a file: every call's changes are committed before its response is sent, so kill -9 loses nothing.

SQLite without waiting for the disk: it survives the death of the process, not of the machine, which is what a
test asks.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from quickbooks_emulator.companies import Changes, Companies, Wanted
from quickbooks_emulator.switches import changed_from_default
from quickbooks_emulator.world import World, decoder, encoder

_KEPT = ("company_objects", "company_deleted", "company_replay", "companies")
_TABLES = """
CREATE TABLE IF NOT EXISTS companies (realm TEXT PRIMARY KEY, state BLOB);
CREATE TABLE IF NOT EXISTS company_objects (realm TEXT, entity TEXT, id TEXT, position INTEGER, body BLOB,
  PRIMARY KEY (realm, entity, id));
CREATE TABLE IF NOT EXISTS company_deleted (realm TEXT, entity TEXT, id TEXT, stamp TEXT, PRIMARY KEY (realm, entity, id));
CREATE TABLE IF NOT EXISTS company_replay (realm TEXT, key TEXT, kept BLOB, PRIMARY KEY (realm, key));
"""
# A file of the time when an emulator served one company.
_OF_ONE_COMPANY = """
BEGIN;
INSERT INTO companies SELECT :realm, body FROM facts WHERE name = 'state';
INSERT INTO company_objects SELECT :realm, entity, id, position, body FROM objects;
INSERT INTO company_deleted SELECT :realm, entity, id, stamp FROM deleted;
INSERT INTO company_replay SELECT :realm, key, kept FROM replay;
DROP TABLE objects; DROP TABLE deleted; DROP TABLE replay; DROP TABLE facts;
COMMIT;
"""


def attach(companies: Companies, path: Path) -> None:
    """Load the file's companies into `companies`, in addition to those it does not contain yet, and save every change from now on.
    A company that was named at the start keeps the switches it was started with; one made later has its own in the file.
    The file is its owner's alone: it holds names, amounts and tokens.

    Raises ValueError if the file is something else.
    """
    database = _open(path)
    kept = _Kept(companies, database)
    for realm, raw in database.execute("SELECT realm, state FROM companies").fetchall():
        state = decoder.decode(raw)
        world = companies.worlds.get(realm) or companies.make(
            Wanted(realm=realm, seed=state.get("seed", "demo"), switches=state.get("switches", {}))
        )
        _load(world, state, database)
        kept.seen[realm] = (world, world.generation)
    for world in companies.worlds.values():
        kept.after_change(world, [])
    companies.after_change = kept.after_change


def _open(path: Path) -> sqlite3.Connection:
    # SQLite gives its own files beside this one the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if each.exists():  # of an earlier start
            each.chmod(0o600)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=OFF")
        database.executescript(_TABLES)
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone():
            _bring_forward(database)
    except sqlite3.DatabaseError as error:
        database.close()
        raise ValueError(f"{path} holds something else than an emulator's books") from error
    return database


def _bring_forward(database: sqlite3.Connection) -> None:
    row = database.execute("SELECT body FROM facts WHERE name = 'state'").fetchone()
    realm = decoder.decode(row[0])["profile"]["realm"] if row else ""
    for statement in _OF_ONE_COMPANY.strip().split(";")[:-1]:
        database.execute(statement, {"realm": realm} if ":realm" in statement else {})


def _load(world: World, state: dict[str, object], database: sqlite3.Connection) -> None:
    whole: dict[str, dict[str, Any]] = {"objects": {}, "deleted": {}, "replay": {}}
    of = [world.realm]
    for entity, body in database.execute(
        "SELECT entity, body FROM company_objects WHERE realm = ? ORDER BY position", of
    ):
        whole["objects"].setdefault(entity, []).append(decoder.decode(body))
    for entity, identifier, stamp in database.execute(
        "SELECT entity, id, stamp FROM company_deleted WHERE realm = ?", of
    ):
        whole["deleted"].setdefault(entity, {})[identifier] = stamp
    for key, kept in database.execute("SELECT key, kept FROM company_replay WHERE realm = ?", of):
        whole["replay"][key] = decoder.decode(kept)
    world.load(encoder.encode({**state, **whole}))
    world.resume(state)


class _Kept:
    """What the file contains of each company: the World and its generation, which increases when the whole World is replaced."""

    def __init__(self, companies: Companies, database: sqlite3.Connection) -> None:
        self.companies, self.database = companies, database
        self.seen: dict[str, tuple[World, int]] = {}

    def after_change(self, world: World, changes: Changes) -> None:
        self.database.execute("BEGIN")
        if not self.companies.holds(world):
            self._forget(world.realm)
            self.seen.pop(world.realm, None)
        elif self.seen.get(world.realm) == (world, world.generation):
            self._put(world, changes)
        else:
            self.seen[world.realm] = (world, world.generation)
            self._write_all(world)
        self.database.execute("COMMIT")

    def _forget(self, realm: str) -> None:
        for table in _KEPT:
            self.database.execute(f"DELETE FROM {table} WHERE realm = ?", [realm])  # noqa: S608 - names of this file

    def _write_all(self, world: World) -> None:
        self._forget(world.realm)
        store = world.company.store
        rows = [(name, identifier) for name, table in store.tables.items() for identifier in table.rows]
        gone = [(name, identifier) for name, ids in store.deleted.items() for identifier in ids]
        world.replay.fresh = list(world.replay.memory)
        self._put(world, [*rows, *gone])

    def _put(self, world: World, changes: Changes) -> None:
        store, execute, realm = world.company.store, self.database.execute, world.realm
        for entity, identifier in changes:
            record = store.get(entity, identifier)
            if record is None:
                execute(
                    "DELETE FROM company_objects WHERE realm = ? AND entity = ? AND id = ?",
                    (realm, entity, identifier),
                )
                if stamp := store.deleted[entity].get(identifier):
                    execute(
                        "INSERT OR REPLACE INTO company_deleted VALUES (?, ?, ?, ?)",
                        (realm, entity, identifier, stamp),
                    )
                continue
            execute(
                "INSERT INTO company_objects VALUES "
                "(?, ?, ?, (SELECT coalesce(max(rowid), 0) + 1 FROM company_objects), ?) "
                "ON CONFLICT (realm, entity, id) DO UPDATE SET body = excluded.body",
                (realm, entity, identifier, encoder.encode(record)),
            )
        for key in world.replay.fresh:
            execute(
                "INSERT OR REPLACE INTO company_replay VALUES (?, ?, ?)",
                (realm, key, encoder.encode(world.replay.dumped(key))),
            )
        world.replay.fresh.clear()
        execute("INSERT OR REPLACE INTO companies VALUES (?, ?)", (realm, _state(world)))


def _state(world: World) -> bytes:
    company = world.company
    return encoder.encode(
        {
            "profile": msgspec.to_builtins(company.profile),
            "counters": company.counters,
            "subscription_ended": company.subscription_ended,
            "seed": world.seed,
            "switches": changed_from_default(world.switches),
            "matched": sorted(company.matched),
            "offset": world.clock.offset,
            "frozen": world.clock.frozen,
            "tokens": {"access": world.tokens.access, "refresh": world.tokens.refresh},
        }
    )
