"""Which marts may stay as they are: what a version must be made of."""

import re

from rentaxis_pipelines.reports.mart_versions import ASKED
from rentaxis_pipelines.reports.marts import MARTS_FOLDER, mart_models

NAMED = re.compile(r"source\('reports', 'parameters'\) \}\} as (\w+)")


def test_every_mart_calls_the_request_by_the_name_its_version_looks_for() -> None:
    """A column of the request that a version overlooked would leave a mart as it was though the request is another."""
    for file in sorted(MARTS_FOLDER.glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        assert text.count("'parameters')") == len(NAMED.findall(text)), file.name
        assert set(NAMED.findall(text)) <= {"asked"}, file.name
        assert "asked.*" not in text, file.name
        if "reports.parameters" in mart_models().models[file.stem].sources:
            assert ASKED.findall(text) or "cross join" in text, file.name


def test_no_mart_asks_for_the_time_or_for_chance() -> None:
    """Its version says nothing of either: the same version must be the same rows."""
    for model in mart_models().models.values():
        assert not re.search(
            r"\b(now\(\)|current_(date|time|timestamp)|clock_timestamp|random\(\)|localtime)", model.sql
        ), model.name
