"""The catalogue proves itself: against an emulator whose switches are known it finds them, and leaves the company as it was."""

from collections import Counter

import msgspec
import pytest

from rentaxis_pipelines.probe.catalogue import CATALOGUE
from rentaxis_pipelines.probe.cleanup import INACTIVE
from rentaxis_pipelines.probe.report import as_value, switches_of, write_report
from rentaxis_pipelines_tests.probe.settings import MEASURED, OF_LIMITS, is_hidden, settings, values_of

PLAIN = [name for name in MEASURED if name not in OF_LIMITS]
SETTINGS = settings(PLAIN, 4, seed=15)
THROTTLES = settings([name for name in OF_LIMITS if name != "limits"], 2, seed=15)


def wrongly_told(setting, outcome):
    """Switches that were found otherwise than they are, and those not found that could be: name, set, found."""
    found = switches_of(outcome)
    return [
        (name, value, found.get(name))
        for name, value in setting.items()
        if found.get(name) != value and not (name not in found and is_hidden(name, setting))
    ]


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_every_switch_is_found_as_it_was_set_and_the_company_is_left_as_it_was(bench, setting):
    """All experiments but those on throttles, under a value of each switch they measure."""
    bench.control("switches", setting)
    before = bench.counts()
    outcome = bench.probe([one for one in CATALOGUE if one.needs != "limits"])
    assert wrongly_told(setting, outcome) == []
    left = Counter(one.entity for one in outcome.journal.left)
    assert {one.left for one in outcome.journal.left} <= {INACTIVE}
    assert bench.counts() == {name: before.get(name, 0) + left[name] for name in {*before, *left}}
    assert as_value(outcome, CATALOGUE)["unexplained"] == {}


def hidden_everywhere():
    """(name, value) of what none of the settings shows, because another switch hides it there."""
    tried = [*SETTINGS, *({"limits": True, **one} for one in THROTTLES), {"limits": False}]
    return [
        (name, value)
        for name in MEASURED
        for value in values_of(name)
        if not any(one.get(name) == value and not is_hidden(name, one) for one in tried)
    ]


@pytest.mark.parametrize(("name", "value"), hidden_everywhere())
def test_what_the_settings_hide_is_found_where_it_shows(bench, name, value):
    """So every value of every switch is measured by a test."""
    setting = {name: value} | ({"requestid": "timed"} if name == "requestid_minutes" else {})
    assert not is_hidden(name, setting)
    bench.control("switches", setting)
    outcome = bench.probe([one for one in CATALOGUE if name in one.switches])
    assert switches_of(outcome)[name] == value


@pytest.mark.parametrize("setting", THROTTLES, ids=range(len(THROTTLES)))
def test_throttles_are_found_as_they_were_set(bench, setting):
    bench.control("switches", {"limits": True, **setting})
    outcome = bench.probe([one for one in CATALOGUE if one.needs == "limits"])
    assert wrongly_told({"limits": True, **setting}, outcome) == []


def test_no_limit_is_found_where_there_is_none(bench):
    outcome = bench.probe([one for one in CATALOGUE if one.needs == "limits"])
    assert switches_of(outcome) == {"limits": False}


def test_a_company_with_all_switches_at_their_default_does_what_is_expected(bench):
    """Defaults of the emulator and what the catalogue expects come from the same sources. The files are written as they are promised."""
    outcome = bench.probe([one for one in CATALOGUE if one.needs != "limits"])
    different = {
        number: seen.said for number, seen in outcome.journal.seen.items() if seen.as_expected is False
    }
    assert different == {}
    write_report(outcome, CATALOGUE, bench.folder)
    assert msgspec.json.decode((bench.folder / "switches.json").read_bytes()) == switches_of(outcome)
    text = (bench.folder / "report.md").read_text()
    assert all(one.question.split()[0] in text for one in CATALOGUE)
    assert len(list((bench.folder / "exchanges").iterdir())) == len(outcome.journal.seen)
