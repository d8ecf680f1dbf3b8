"""A user's own staging folder, made for an earlier version: what it lacks is read as what RentAxis does not have."""

import datetime as dt
import shutil

import pytest

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis import versions
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.contract import OPTIONAL
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.fingerprints import fingerprint_blocks
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER, models_in
from rentaxis_pipelines.rentaxis.frames import RECORD_CLASSES, frame_schema
from rentaxis_pipelines.rentaxis.sql_models import SqlModels

YEAR = DateRange.of_days(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.fixture
def earlier(tmp_path, source):
    """The models of a folder without any that came later, on the connection."""
    for file in STAGING_FOLDER.glob("*.sql"):
        if file.stem not in OPTIONAL:
            shutil.copy(file, tmp_path)
    with snapshot(source.url) as connection:
        connection.info["staging_models"] = models_in(tmp_path)
        yield connection


@pytest.mark.parametrize("model", [name for name in OPTIONAL if name in RECORD_CLASSES])
def test_a_model_the_folder_lacks_has_no_records(earlier, new_york, model) -> None:
    """It is extracted, known again and checked as any other, with the columns of the contract."""
    frame = extract(earlier, model, YEAR, "1", new_york)
    assert len(frame) == 0
    assert list(frame.columns) == frame_schema(model).names
    assert b"".join(map(bytes, fingerprint_blocks(earlier, model, YEAR, "1", new_york))) == b""
    refuse_broken_models(earlier, "1")


def test_nothing_of_it_ever_changed(earlier, new_york) -> None:
    """Whoever asks what changed in RentAxis hears of the other records only."""
    changes = versions.changed_since(earlier, dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "1", new_york)
    assert changes
    assert "journal_entry" not in {change.source_type for change in changes}


def test_a_column_that_came_later_is_empty(tmp_path) -> None:
    """A folder whose model does not return it is read as if it returned nothing there."""
    (tmp_path / "payments.sql").write_text("select 1 as source_id")
    models = SqlModels(tmp_path, lacking={"payments": {"returned_on": "null::date"}})
    assert models.render("payments").text.endswith('select *, null::date as "returned_on" from "payments"')
