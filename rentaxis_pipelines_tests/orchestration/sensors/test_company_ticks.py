"""Whose turn it is in a tick of a sensor for all companies, and what is remembered; by looks that are told what to come to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.orchestration.company_ticks import (
    MOST_RUNS_A_TICK,
    Looked,
    Memory,
    OnButFailing,
    remembered,
    tick_of_every_company,
    turns,
)
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.settings import Automation, Company, Scope, SettingsError
from rentaxis_pipelines.sync.run import utc_now

NAMES = ("ash", "birch", "cedar", "elm")
DEAD = SettingsError("The database is away.")


def scope(slug: str, *, on: bool = False) -> Scope:
    first_day = utc_now().date()
    return Scope(
        Company(slug=slug, time_zone="UTC", first_day=first_day, automation=Automation(switched_on=on))
    )


@dataclass
class Companies:
    """Companies whose looks cost ``seconds`` each, and come to what is said of them: nothing, unless it is said."""

    outcomes: dict[str, Looked | Exception] = field(default_factory=dict)
    names: Sequence[str] = NAMES
    seconds: float = 1.0
    on: bool = True
    looked_at: list[str] = field(default_factory=list)
    cursor: str | None = None
    _now: float = 100.0

    def tick(self) -> dg.SensorResult:
        """One tick; the cursor it leaves is the next one's, unless it fails."""
        self.looked_at = []

        def look(scope: Scope, cursor: str | None, seconds: float) -> Looked:
            self.looked_at.append(scope.slug)
            self._now += self.seconds
            outcome = self.outcomes.get(scope.slug, Looked("Nothing was found."))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, cursor=self.cursor)
            scopes = [scope(name, on=self.on) for name in self.names]
            result = tick_of_every_company(context, scopes, look, clock=lambda: self._now)
        self.cursor = result.cursor
        return result

    def memory(self) -> Memory:
        return remembered(self.cursor, self.names)


def asks(number: int = 1) -> Looked:
    return Looked("Some.", [dg.RunRequest(run_key=str(each)) for each in range(number)])


def said(result: dg.SensorResult) -> str:
    assert result.skip_reason is not None
    return result.skip_reason.skip_message or ""


def test_one_company_that_fails_stops_no_other_and_comes_last_in_the_next_tick() -> None:
    """The others' runs are asked for; the sentence stands in what the tick says, with the company's name."""
    companies = Companies({"birch": DEAD, "elm": asks()})
    assert len(companies.tick().run_requests or []) == 1
    assert companies.looked_at == ["ash", "birch", "cedar", "elm"]
    companies.outcomes["elm"] = Looked("Nothing was found.")
    assert said(companies.tick()) == (
        "birch could not be looked at: The database is away. ash, cedar, elm: Nothing was found."
    )
    assert companies.looked_at == ["ash", "cedar", "elm", "birch"]
    del companies.outcomes["birch"]
    companies.tick()
    companies.tick()
    assert companies.looked_at == list(NAMES)


@pytest.mark.parametrize(
    "error",
    [ValueError("Zyxwell owes 5.00"), KeyError("Zyxwell"), OnButFailing()],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_of_ours_in_one_company_stops_no_other_and_shows_no_value(error: Exception) -> None:
    companies = Companies({"ash": error})
    text = said(companies.tick())
    assert text.startswith("ash could not be looked at: An unexpected error, which is a fault of the program")
    assert "Zyxwell" not in text
    assert companies.looked_at == list(NAMES)


def test_where_all_fail_the_tick_fails_with_their_sentences() -> None:
    companies = Companies(dict.fromkeys(NAMES, DEAD))
    with pytest.raises(Stopped) as failed:
        companies.tick()
    assert str(failed.value).splitlines() == [f"{name}: The database is away." for name in NAMES]
    companies.outcomes["elm"] = Looked(is_on=False)
    with pytest.raises(Stopped):
        companies.tick()


def test_the_only_companys_own_error_fails_the_tick() -> None:
    with pytest.raises(SettingsError, match="The database is away"):
        Companies({"elm": DEAD}, names=["elm"]).tick()


def test_what_is_switched_off_is_skipped_and_said() -> None:
    companies = Companies({"ash": Looked(is_on=False), "elm": Looked(is_on=False)})
    assert said(companies.tick()) == "ash, elm: Switched off. birch, cedar: Nothing was found."
    assert companies.memory().on == ["birch", "cedar"]
    assert said(Companies({"elm": Looked(is_on=False)}, names=["elm"]).tick()) == "Switched off."


def test_a_company_that_nobody_has_switched_on_fails_no_tick() -> None:
    """Whether it is on stands in a ledger that may not be there yet. One that was on, by its file or when last looked at, does."""
    companies = Companies({"elm": DEAD}, names=["elm"], on=False)
    assert said(companies.tick()) == "Not switched on, as far as is known. The database is away."
    companies.outcomes["elm"] = OnButFailing()
    with pytest.raises(OnButFailing):
        companies.tick()
    companies.outcomes["elm"] = Looked("Nothing was found.")
    companies.tick()
    companies.outcomes["elm"] = DEAD
    with pytest.raises(SettingsError):
        companies.tick()


def test_a_tick_ends_in_time_and_the_next_one_goes_on_from_there() -> None:
    """No company waits for more ticks than it takes to get to all."""
    names = [f"company_{number:03}" for number in range(100)]
    companies = Companies(names=names)
    seen: list[str] = []
    for expected in (40, 40, 40):
        companies.tick()
        assert len(companies.looked_at) == expected
        seen += companies.looked_at
    assert seen == [*names, *names[:20]]


def test_dead_companies_take_no_turn_from_the_others_and_are_all_tried_again() -> None:
    """Each costs 20 seconds, so that few are tried a tick; of those that were not, one goes first."""
    names = [f"company_{number:02}" for number in range(20)]
    dead = names[::2]
    companies = Companies(dict.fromkeys(dead, DEAD), names=names, seconds=20)
    tried: set[str] = set()
    for _ in range(12):
        companies.tick()
    companies.seconds = 1
    companies.tick()
    assert companies.memory().failing == dead
    companies.seconds = 1.9
    for _ in range(len(dead) + 1):
        companies.tick()
        healthy = [name for name in companies.looked_at if name not in dead]
        assert len(healthy) == 10
        tried.update(companies.looked_at)
    assert tried == set(names)


def test_no_more_runs_are_asked_for_than_a_tick_can_start() -> None:
    companies = Companies(dict.fromkeys(NAMES, asks(MOST_RUNS_A_TICK // 2)))
    assert len(companies.tick().run_requests or []) == MOST_RUNS_A_TICK
    assert companies.looked_at == ["ash", "birch"]
    assert len(companies.tick().run_requests or []) == MOST_RUNS_A_TICK
    assert companies.looked_at == ["cedar", "elm"]


def test_each_company_has_its_own_cursor_and_one_that_fails_keeps_it() -> None:
    companies = Companies({"ash": Looked("", cursor="7"), "elm": Looked("", cursor="8")})
    companies.tick()
    companies.outcomes = {"ash": DEAD, "elm": Looked("", cursor="9")}
    companies.tick()
    assert companies.memory().cursors == {"ash": "7", "elm": "9"}
    companies.names = ["ash", "birch"]
    companies.tick()
    assert json.loads(companies.cursor or "")["cursors"] == {"ash": "7"}


def test_a_cursor_of_an_earlier_version_is_the_only_companys() -> None:
    assert remembered("2026-05-01T00:00:00+00:00", ["elm"]).cursors == {"elm": "2026-05-01T00:00:00+00:00"}
    assert remembered("2026-05-01T00:00:00+00:00", ["ash", "elm"]) == Memory()
    assert remembered(None, ["elm"]) == Memory()


@given(
    slugs=st.lists(st.sampled_from(NAMES), unique=True, min_size=1),
    failing=st.lists(st.sampled_from((*NAMES, "gone")), unique=True),
    left=st.lists(st.sampled_from((*NAMES, "gone"))),
)
def test_everybody_has_exactly_one_turn(slugs: list[str], failing: list[str], left: list[str]) -> None:
    assert sorted(turns(Memory(failing=failing, left=left), slugs)) == sorted(slugs)
