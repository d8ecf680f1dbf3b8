"""Which companies the probe leaves alone."""

import pytest

from rentaxis_pipelines.probe import refuse
from rentaxis_pipelines.probe.catalogue import CATALOGUE
from rentaxis_pipelines.probe.choose import chosen, listing
from rentaxis_pipelines.probe.experiments.request_ids import checkpoints
from rentaxis_pipelines.probe.journal import CannotProbe, open_journal


@pytest.mark.parametrize(
    "address",
    [
        "https://sandbox-quickbooks.api.intuit.com",
        "http://127.0.0.1:8400",
        "http://localhost:1",
        "http://[::1]:8400",
    ],
)
def test_the_sandbox_and_this_machine_are_taken(address):
    refuse.refuse_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://quickbooks.api.intuit.com",
        "https://QUICKBOOKS.api.intuit.com.",
        "http://sandbox-quickbooks.api.intuit.com",
        "https://sandbox-quickbooks.api.intuit.com.example.com",
        "https://sandbox-accounts.platform.intuit.com",
        "https://sandbox-quickbooks.api.intuit.com@books.example.com",
        "https://localhost.example.com",
        "https://10.0.0.1",
        "https://books.example.com",
        "",
    ],
)
def test_every_other_address_is_refused(address):
    with pytest.raises(CannotProbe, match="only runs in a sandbox company"):
        refuse.refuse_address(address)


@pytest.mark.parametrize("typed", ["", "harbor homes", "Harbor Homes ", "Harbor  Homes", "Harbor Home"])
def test_a_name_that_is_not_the_companys_is_refused_without_being_quoted(typed):
    with pytest.raises(CannotProbe) as refused:
        refuse.refuse_name(typed, "Harbor Homes")
    assert "Harbor" not in str(refused.value)


def test_a_company_without_a_name_is_never_taken():
    """What could not be read is not what nobody typed."""
    with pytest.raises(CannotProbe):
        refuse.refuse_name("", "")


def test_a_sandbox_that_the_sync_has_pushed_to_is_asked_about_and_an_emulator_is_not():
    sandbox = "https://sandbox-quickbooks.api.intuit.com"
    assert "pushed to this sandbox company" in (refuse.warning_of_pushed(sandbox, is_used=True) or "")
    assert refuse.warning_of_pushed(sandbox, is_used=False) is None
    assert refuse.warning_of_pushed("http://127.0.0.1:8400", is_used=True) is None


def test_a_folder_of_another_company_is_refused(tmp_path):
    open_journal(tmp_path, "http://127.0.0.1:1", "17").plan("Invoice", "RP1", 1)
    assert len(open_journal(tmp_path, "http://127.0.0.1:1", "17").still_there) == 1
    with pytest.raises(CannotProbe, match="another company"):
        open_journal(tmp_path, "http://127.0.0.1:1", "18")


def test_a_journal_cut_short_in_its_last_line_is_gone_on_with(tmp_path):
    journal = open_journal(tmp_path, "http://127.0.0.1:1", "17")
    journal.plan("Invoice", "RP1", 1)
    with journal.path.open("ab") as file:
        file.write(b'{"made":0,"i')
    again = open_journal(tmp_path, "http://127.0.0.1:1", "17")
    again.found(again.made[0], "5")
    assert [one.quickbooks_id for one in open_journal(tmp_path, "http://127.0.0.1:1", "17").made] == ["5"]


def test_what_is_no_journal_is_refused(tmp_path):
    (tmp_path / "journal.jsonl").write_text("something else\n")
    with pytest.raises(CannotProbe, match="not a journal"):
        open_journal(tmp_path, "http://127.0.0.1:1", "17")


def test_experiments_are_chosen_by_number_and_by_what_was_agreed_to():
    plain = chosen(CATALOGUE, (), ())
    assert {one.needs for one in plain} == {""}
    assert {one.needs for one in chosen(CATALOGUE, (), ("limits",))} == {"", "limits"}
    assert [one.number for one in chosen(CATALOGUE, (7, 1), ())] == [1, 7]
    with pytest.raises(CannotProbe, match="no experiment 999"):
        chosen(CATALOGUE, (999,), ())
    with pytest.raises(CannotProbe, match="--wait MINUTES"):
        chosen(CATALOGUE, (6,), ("limits",))


def test_numbers_and_names_of_the_catalogue_are_used_once():
    assert len({one.number for one in CATALOGUE}) == len({one.name for one in CATALOGUE}) == len(CATALOGUE)
    assert len(listing(CATALOGUE).splitlines()) == len(CATALOGUE)


def test_request_ids_are_tried_after_one_ten_and_sixty_minutes_as_far_as_one_waits():
    assert [checkpoints(longest) for longest in (0, 1, 5, 60, 90)] == [
        [],
        [1],
        [1, 5],
        [1, 10, 60],
        [1, 10, 60, 90],
    ]
