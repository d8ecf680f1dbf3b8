from pathlib import Path

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.database import source_engine
from rentaxis_pipelines.rentaxis.folder import models_in
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels


def folder_of(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.sql").write_text(content, encoding="utf-8")
    return folder


def test_models_come_in_the_order_they_need_each_other(tmp_path: Path) -> None:
    """Whoever runs all models may run them as ``names`` lists them."""
    models = SqlModels(
        folder_of(
            tmp_path,
            a="select * from {{ ref('b') }} join {{ ref('c') }} using (n)",
            b="select * from {{ ref('c') }}",
            c="select 1 as n",
            alone="select 2 as n",
        )
    )
    assert set(models.names) == {"a", "b", "c", "alone"}
    assert models.names.index("c") < models.names.index("b") < models.names.index("a")
    assert models.dependencies("a") == ("c", "b")
    assert models.dependencies("alone") == ()
    assert models.models["c"].references == frozenset()


def test_a_model_runs_with_everything_it_refers_to(tmp_path: Path, database: str) -> None:
    """A model may have its own WITH, be referred to twice, and read a table of the source schema."""
    models = SqlModels(
        folder_of(
            tmp_path,
            doubled="with d as (select n * 2 as n from {{ ref('base') }}) select * from d",
            base="select n from {{ source('numbers') }} where n >= cast(:source_id as integer)",
            both="select n from {{ ref('doubled') }} union all select n from {{ ref('base') }} order by n",
        ),
        source_schema='odd "name"',
    )
    with source_engine(database).begin() as connection:
        connection.execute(sa.text('create schema "odd ""name"""'))
        connection.execute(
            sa.text('create table "odd ""name""".numbers as select generate_series(1, 3) as n')
        )
        rows = connection.execute(models.render("both"), {"source_id": "2"}).scalars().all()
    assert rows == [2, 3, 4, 6]
    assert models.models["base"].sources == {"numbers"}


def test_a_value_is_bound_and_never_becomes_sql(tmp_path: Path, database: str) -> None:
    """The nastiest text stays a text."""
    models = SqlModels(folder_of(tmp_path, echo="select :source_id as said, 'it''s 10:30' as quoted"))
    nasty = "'; drop table x; -- \" %s :organization_id {{ 7 * 7 }} \\"
    statement = models.render("echo")
    assert "drop" not in str(statement)
    with source_engine(database).connect() as connection:
        row = connection.execute(statement, {"source_id": nasty}).one()
    assert tuple(row) == (nasty, "it's 10:30")


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "has no .sql file"),
        ({"a": "select * from {{ ref('b') }}"}, "a.sql refers to 'b'"),
        ({"a": "select * from {{ ref('b') }}", "b": "select * from {{ ref('a') }}"}, "in a circle: "),
        ({"a": "select * from {{ ref('a') }}"}, "in a circle: a.sql -> a.sql"),
        ({"a": "select {{ secret }}"}, "'secret' is undefined"),
        ({"a": "select {{ ref( }}"}, "cannot be rendered"),
        ({"a": "select :window_stat"}, "a.sql binds :window_stat, which is not one of: organization_id"),
        ({"a": "{# nothing #}  "}, "is empty"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_when_it_is_loaded(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    """What is wrong with a file is known before any run, and names the file."""
    with pytest.raises(SqlModelError, match=complaint):
        SqlModels(folder_of(tmp_path, **files))


def test_asking_for_a_model_that_is_not_there_names_the_folder(tmp_path: Path) -> None:
    models = SqlModels(folder_of(tmp_path, a="select 1"))
    with pytest.raises(SqlModelError, match=r"has no b\.sql"):
        models.render("b")


def test_the_staging_folder_has_a_model_for_every_record_type() -> None:
    assert {"tenants", "programs", "invoices", "payments", "expenses", "integration_settings"} <= set(
        models_in(None).names
    )
