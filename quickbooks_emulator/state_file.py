"""The company in a file: every call's changes are committed before its answer leaves, so kill -9 loses
nothing.

SQLite without waiting for the disk: it survives the death of the process, not of the machine, which is what a
test asks.
"""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from quickbooks_emulator.world import World, decoder, encoder

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (entity TEXT, id TEXT, position INTEGER, body BLOB, PRIMARY KEY (entity,
id));
CREATE TABLE IF NOT EXISTS deleted (entity TEXT, id TEXT, stamp TEXT, PRIMARY KEY (entity, id));
CREATE TABLE IF NOT EXISTS replay (key TEXT PRIMARY KEY, kept BLOB);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body BLOB);
"""
Changes = list[tuple[str, str]]


def attach(world: World, path: Path) -> Callable[[Changes], None]:
    """Load what the file holds into `world` (or write the seed into a new file) and return what to call after
    a change. The file is its owner's alone: it holds names, amounts and tokens.

    Raises ValueError if the file is something else.
    """
    # SQLite gives its own files beside this one the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if each.exists():  # of an earlier start
            each.chmod(0o600)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        database.close()
        raise ValueError(f"{path} holds something else than an emulator's books") from error
    database.execute("PRAGMA synchronous=OFF")
    database.executescript(_TABLES)
    if database.execute("SELECT 1 FROM facts WHERE name = 'state'").fetchone():
        _load(world, database)
    else:
        _write_all(world, database)
    seen = {"generation": world.generation}

    def after_change(changes: Changes) -> None:
        if world.generation != seen["generation"]:
            seen["generation"] = world.generation
            _write_all(world, database)
        else:
            _write(world, database, changes)

    return after_change


def _load(world: World, database: sqlite3.Connection) -> None:
    state = decoder.decode(database.execute("SELECT body FROM facts WHERE name = 'state'").fetchone()[0])
    state["objects"], state["deleted"], state["replay"] = {}, {}, {}
    for entity, body in database.execute("SELECT entity, body FROM objects ORDER BY position"):
        state["objects"].setdefault(entity, []).append(decoder.decode(body))
    for entity, identifier, stamp in database.execute("SELECT entity, id, stamp FROM deleted"):
        state["deleted"].setdefault(entity, {})[identifier] = stamp
    for key, kept in database.execute("SELECT key, kept FROM replay"):
        state["replay"][key] = decoder.decode(kept)
    world.load(encoder.encode(state))
    world.clock.offset, world.clock.frozen = (
        float(state["offset"]),
        None if state["frozen"] is None else float(state["frozen"]),
    )
    tokens = state["tokens"]
    world.tokens.access = {token: float(dies) for token, dies in tokens["access"].items()}
    world.tokens.refresh = {
        token: {name: None if value is None else float(value) for name, value in facts.items()}
        for token, facts in tokens["refresh"].items()
    }


def _state(world: World) -> bytes:
    company = world.company
    return encoder.encode(
        {
            "profile": msgspec.to_builtins(company.profile),
            "counters": company.counters,
            "subscription_ended": company.subscription_ended,
            "matched": sorted(company.matched),
            "offset": world.clock.offset,
            "frozen": world.clock.frozen,
            "tokens": {"access": world.tokens.access, "refresh": world.tokens.refresh},
        }
    )


def _write_all(world: World, database: sqlite3.Connection) -> None:
    database.execute("BEGIN")
    for table in ("objects", "deleted", "replay", "facts"):
        database.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand in this line
    store = world.company.store
    rows = [(name, identifier) for name, table in store.tables.items() for identifier in table.rows]
    gone = [(name, identifier) for name, ids in store.deleted.items() for identifier in ids]
    world.replay.fresh = list(world.replay.memory)
    _put(world, database, [*rows, *gone])
    database.execute("COMMIT")


def _write(world: World, database: sqlite3.Connection, changes: Changes) -> None:
    database.execute("BEGIN")
    _put(world, database, changes)
    database.execute("COMMIT")


def _put(world: World, database: sqlite3.Connection, changes: Changes) -> None:
    store = world.company.store
    for entity, identifier in changes:
        record = store.get(entity, identifier)
        if record is None:
            database.execute("DELETE FROM objects WHERE entity = ? AND id = ?", (entity, identifier))
            if stamp := store.deleted[entity].get(identifier):
                database.execute(
                    "INSERT OR REPLACE INTO deleted VALUES (?, ?, ?)", (entity, identifier, stamp)
                )
            continue
        database.execute(
            "INSERT INTO objects VALUES (?, ?, (SELECT coalesce(max(rowid), 0) + 1 FROM objects), ?) "
            "ON CONFLICT (entity, id) DO UPDATE SET body = excluded.body",
            (entity, identifier, encoder.encode(record)),
        )
    for key in world.replay.fresh:
        database.execute(
            "INSERT OR REPLACE INTO replay VALUES (?, ?)", (key, encoder.encode(world.replay.dumped(key)))
        )
    world.replay.fresh.clear()
    database.execute("INSERT OR REPLACE INTO facts VALUES ('state', ?)", (_state(world),))
