"""A company taken from one pipelines database to another: every row of it, exactly, and none of anybody else's."""

import datetime as dt
import random
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.ledger import moved_away
from rentaxis_pipelines.ledger.company_rows import RowsUnfit
from rentaxis_pipelines.ledger.company_tables import company_tables
from rentaxis_pipelines.ledger.database import LedgerLocked, LedgerMovedAway, connect, engine
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.ledger.moved_away import Departure
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.companies import CompanyMovedAway, refuse_another_company_at
from rentaxis_pipelines.sync.company_file import NoCompanyFile
from rentaxis_pipelines.sync.company_moves import CannotMove, export_company, import_company, stay
from rentaxis_pipelines_tests.support.ledger_rows import company_in, fill, organization_of

OURS, NEIGHBOR, THERE = "111", "1112", "333"
NOW = dt.datetime(2026, 11, 26, 17, 0, tzinfo=dt.UTC)
NewLedger = Callable[[], str]


def environment_of(url: str, realm: str = OURS, organization: str | None = None) -> Environment:
    return Environment.model_validate(
        {
            "rentaxis_database_url": "postgresql://nowhere/rentaxis",
            "rentaxis_organization_id": organization or organization_of(realm),
            "pipelines_database_url": url,
            "quickbooks_base_url": "http://127.0.0.1:1",
            "quickbooks_auth_base_url": "http://127.0.0.1:1",
            "quickbooks_realm_id": realm,
            "quickbooks_client_id": "client",
            "quickbooks_client_secret": "hush",
            "pipelines_secret_key": "hush",
            "rentaxis_company_file": "company.yaml",
        }
    )


@pytest.fixture
def new_ledger(postgres: Server, ledger_template: str) -> Iterator[NewLedger]:
    """Makes pipelines databases, each with the ledger's tables and no row."""
    made: list[str] = []

    def make() -> str:
        made.append(f"ledger_{uuid.uuid4().hex}")
        return postgres.create_database(made[-1], template=ledger_template)

    yield make
    for name in made:
        postgres.drop_database(name)


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    with connect(url) as connection:
        yield connection
    engine(url).dispose()


def filled(url: str, seed: int, *realms: str) -> None:
    with connected(url) as connection:
        for realm in realms:
            fill(connection, realm, random.Random(f"{seed} {realm}"))


def rows(url: str, *realms: str) -> dict[str, object]:
    with connected(url) as connection:
        return {realm: company_in(connection, realm) for realm in realms}


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), leaves=st.booleans())
def test_every_row_arrives_as_it_was_and_no_other_is_touched(
    new_ledger: NewLedger, tmp_path: Path, seed: int, leaves: bool
) -> None:
    """Numbers that the database counts up come in the same order, with what refers to them; another company has those numbers there."""
    here, there = new_ledger(), new_ledger()
    filled(here, seed, NEIGHBOR, OURS)
    filled(there, seed + 1, THERE)
    before_here, before_there = rows(here, OURS, NEIGHBOR), rows(there, OURS, THERE)
    file = tmp_path / f"{uuid.uuid4()}.zip"
    exported = export_company(
        environment_of(here), file, who="Dana", leave="a database of its own" if leaves else None
    )
    imported = import_company(environment_of(there), file)
    assert exported == imported
    assert exported.rows == sum(map(len, before_here[OURS].values()))  # pyright: ignore[reportAttributeAccessIssue]
    after_here, after_there = rows(here, OURS, NEIGHBOR), rows(there, OURS, THERE)
    assert after_there[OURS] == before_here[OURS]
    assert after_there[THERE] == before_there[THERE]
    assert after_here[NEIGHBOR] == before_here[NEIGHBOR]
    if leaves:
        before_here[OURS]["oauth_tokens"] = []  # pyright: ignore[reportIndexIssue]
    assert after_here[OURS] == before_here[OURS]
    with connected(here) as old, connected(there) as new:
        assert (moved_away.departure_of(old, OURS) is not None) == leaves
        assert moved_away.departure_of(new, OURS) is None


def test_every_table_of_the_ledger_is_in_the_file_and_filled_by_these_tests(
    new_ledger: NewLedger, tmp_path: Path
) -> None:
    """So a table made later is moved too, or this fails."""
    url = new_ledger()
    for seed in range(8):
        filled(url, seed, f"77{seed}")
    with connected(url) as connection:
        counted = {
            table.name: connection.execute(sa.text(f"select count(*) from ledger.{table.name}")).scalar_one()
            for table in company_tables(connection)
        }
        every = connection.execute(
            sa.text(
                "select relname from pg_class where relnamespace = 'ledger'::regnamespace and relkind = 'r'"
            )
        ).scalars()
        assert {*every} == {*counted, "ledger_version", "moved_away"}
    assert all(counted.values()), counted
    file = tmp_path / "company.zip"
    export_company(environment_of(url, "770"), file, who="Dana")
    assert {name.removesuffix(".copy") for name in zipfile.ZipFile(file).namelist()} == {
        *counted,
        "company.json",
    }
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_company_that_left_is_refused_everywhere_and_can_stay_after_all(
    new_ledger: NewLedger, tmp_path: Path
) -> None:
    """By the program with a sentence, and by the database for what is already going on; its neighbor goes on."""
    url = new_ledger()
    filled(url, 1, OURS, NEIGHBOR)
    environment = environment_of(url)
    export_company(
        environment, tmp_path / "a.zip", who="Dana", leave="a database of its own", now=lambda: NOW
    )
    with pytest.raises(
        CompanyMovedAway, match=r"has left this .* \(since 2026-11-26, by Dana: a database of its own\)"
    ):
        refuse_another_company_at(environment)
    refuse_another_company_at(environment_of(url, NEIGHBOR))
    decide = sa.text("insert into ledger.decisions (realm, source_type, source_id, kind, why, who, decided_at) values (:realm, 'invoice', '9', 'exclude', 'no', 'Dana', now())")  # fmt: skip
    with connected(url) as connection:
        with pytest.raises(LedgerMovedAway, match="has just left"):
            connection.execute(decide, {"realm": OURS})
        connection.rollback()
        connection.execute(decide, {"realm": NEIGHBOR})
        connection.commit()
    export_company(environment, tmp_path / "again.zip", who="Dana", leave="once more")
    stay(environment, "Dana", "it was imported nowhere")
    refuse_another_company_at(environment)
    with connected(url) as connection:
        connection.execute(decide, {"realm": OURS})
        connection.commit()
    with pytest.raises(CannotMove, match="has not left this database"):
        stay(environment, "Dana", "twice")


def test_what_is_being_written_while_a_company_leaves_is_in_the_file_or_refused(
    new_ledger: NewLedger,
) -> None:
    """The one who leaves waits for a decision that is being saved; one that begins later is refused. The neighbor's is not waited for."""
    url = new_ledger()
    filled(url, 2, OURS, NEIGHBOR)
    insert = "insert into ledger.decisions (realm, source_type, source_id, kind, why, who, decided_at) values (%s, 'invoice', '9', 'exclude', 'no', 'Dana', now())"
    noted = threading.Event()

    def leave() -> None:
        with connected(url) as connection:
            moved_away.note(connection, Departure(realm=OURS, moved=True, who="Dana", why="leaving", at=NOW))
        noted.set()

    leaving = threading.Thread(target=leave)
    with psycopg.connect(url) as ours, psycopg.connect(url) as theirs:
        ours.execute(insert, [OURS])
        theirs.execute(insert, [NEIGHBOR])
        leaving.start()
        with psycopg.connect(url, autocommit=True) as looking:
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
            while not looking.execute(waiting).fetchone()[0]:  # pyright: ignore[reportOptionalSubscript]
                leaving.join(0.01)
        assert not noted.is_set()
        ours.commit()
        leaving.join()
        assert noted.is_set()
        with pytest.raises(psycopg.Error, match="has moved to another database"):
            ours.execute(insert, [OURS])
        theirs.execute(insert, [NEIGHBOR])


def test_nothing_is_exported_or_imported_while_a_run_holds_the_company(
    new_ledger: NewLedger, tmp_path: Path
) -> None:
    here, there = new_ledger(), new_ledger()
    filled(here, 3, OURS)
    file = tmp_path / "a.zip"
    with realm_lock(here, OURS, wait_seconds=1):
        with pytest.raises(LedgerLocked):
            export_company(environment_of(here), file, who="Dana", leave="why")
        assert not file.exists()
    export_company(environment_of(here), file, who="Dana")
    with realm_lock(there, OURS, wait_seconds=1), pytest.raises(LedgerLocked):
        import_company(environment_of(there), file)
    assert import_company(environment_of(there), file).rows


def test_an_export_that_fails_leaves_the_company_where_it_is(new_ledger: NewLedger, tmp_path: Path) -> None:
    url = new_ledger()
    filled(url, 4, OURS)
    before = rows(url, OURS)
    with pytest.raises(NoCompanyFile, match="cannot be written"):
        export_company(environment_of(url), tmp_path / "nowhere" / "a.zip", who="Dana", leave="why")
    refuse_another_company_at(environment_of(url))
    assert rows(url, OURS) == before
    (tmp_path / "a.zip").touch()
    with pytest.raises(CannotMove, match="already exists"):
        export_company(environment_of(url), tmp_path / "a.zip", who="Dana", leave="why")


def test_what_may_not_be_exported(new_ledger: NewLedger, tmp_path: Path) -> None:
    url = new_ledger()
    with pytest.raises(CannotMove, match="Nothing was ever pushed to QuickBooks company 111"):
        export_company(environment_of(url), tmp_path / "a.zip", who="Dana")
    filled(url, 5, OURS)
    with pytest.raises(CannotMove, match="settings are those of organization 9"):
        export_company(environment_of(url, organization="9"), tmp_path / "a.zip", who="Dana")
    with pytest.raises(CannotMove, match="give one"):
        export_company(environment_of(url), tmp_path / "a.zip", who="Dana", leave=" ")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def exported(new_ledger: NewLedger, tmp_path: Path) -> Path:
    url = new_ledger()
    filled(url, 6, OURS)
    file = tmp_path / "exported.zip"
    export_company(environment_of(url), file, who="Dana")
    return file


def test_what_may_not_be_imported_changes_nothing(new_ledger: NewLedger, exported: Path) -> None:
    """A database that has the company, or its organization with other books; settings of another company."""
    there = new_ledger()
    filled(there, 7, THERE)
    with pytest.raises(CannotMove, match=r"but the settings are those of .*333"):
        import_company(environment_of(there, THERE), exported)
    before = rows(there, OURS, THERE)
    with connected(there) as connection:
        connection.execute(
            sa.text(
                "insert into ledger.companies (realm, organization_id, registered_at, registered_by) values ('9', :ours, now(), 'Dana')"
            ),
            {"ours": organization_of(OURS)},
        )
        connection.commit()
    with pytest.raises(CannotMove, match="is pushed to QuickBooks company 9"):
        import_company(environment_of(there), exported)
    assert rows(there, OURS, THERE) == before
    full = new_ledger()
    import_company(environment_of(full), exported)
    with pytest.raises(CannotMove, match="has rows of QuickBooks company 111 already"):
        import_company(environment_of(full), exported)


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same archive with its members changed; None leaves one out."""
    new = file.with_name(f"{uuid.uuid4()}.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(new, "w") as made:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                made.writestr(name, content)
    return new


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a table is missing": lambda name, text: None if name == "links.copy" else text,
    "a row is missing": lambda name, text: text.partition(b"\n")[2] if name == "plans.copy" else text,
    "a value does not fit": lambda name, text: (
        text.replace(b"2026-", b"20x6-") if name == "plans.copy" else text
    ),
    "no manifest": lambda name, text: None if name == "company.json" else text,
    "a manifest of another kind": lambda name, text: b"[]" if name == "company.json" else text,
    "another format": lambda name, text: text.replace(b'"format":1', b'"format":2'),
    "another ledger": lambda name, text: text.replace(b'"ledger":"', b'"ledger":"9'),
    "another column": lambda name, text: (
        text.replace(b'"sync_token"', b'"sink_token"') if name == "company.json" else text
    ),
    "another organization registered": lambda name, text: (
        text.replace(b"organization", b"organisation") if name == "companies.copy" else text
    ),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_a_damaged_file_is_one_sentence_and_changes_nothing(
    new_ledger: NewLedger, exported: Path, damage: str
) -> None:
    there = new_ledger()
    with pytest.raises((NoCompanyFile, CannotMove, RowsUnfit)) as refused:
        import_company(environment_of(there), rewritten(exported, DAMAGES[damage]))
    assert "Nothing was imported" in str(refused.value), repr(refused.value)
    assert not any(rows(there, OURS)[OURS].values())  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(new_ledger: NewLedger, exported: Path, kept: float) -> None:
    content = exported.read_bytes()
    cut = exported.with_name("cut.zip")
    cut.write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    with pytest.raises(NoCompanyFile, match="is damaged"):
        import_company(environment_of(new_ledger()), cut)
