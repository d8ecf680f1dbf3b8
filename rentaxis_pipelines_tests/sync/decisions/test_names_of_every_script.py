"""Names in any script, from RentAxis to QuickBooks: they arrive, or are refused with a sentence; none crashes."""

import unicodedata
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.mapping.text import legal_display_name, one_line

# Postgres keeps no NUL and no lone surrogate; everything else a person, or an import, may have typed.
_ANY = st.characters(exclude_characters="\x00", exclude_categories=("Cs",))
_SCRIPTS = st.sampled_from(
    ["Renée O'Brien-Søndergård", "王小明", "山田 太郎", "김민준", "محمد عبد الله", "משה כהן", "Владимир Иванов", "Αθηνά", "अनिल कुमार",
     "Ann 🏠 Lee", "🏠🔑", "👩‍👩‍👧", "Ann\tLee\nJunior", "a:b:c", ":", "ﬁancée Ⅷ", "\u202eLee Ann\u202c", "\u200b\u200b", "...", "'; drop table x",
     "<b>Ann</b>", '"Ann"', "Ann\\Lee", "%s %d", "{Ann}", "Ann (deleted)", "null", "\x07bell\x1b[31m", "e\u0301" * 300, "x" * 600, "王" * 600,
     "😀" * 300, "a " * 300]
)  # fmt: skip
NAMES = st.one_of(_SCRIPTS, st.text(_ANY, min_size=1, max_size=30), st.text(_ANY, min_size=480, max_size=600))
SLOW = {"suppress_health_check": list(HealthCheck)}  # a sync an example, on one company


def visible(text: str) -> str:
    """What of a text can be seen, however it is spaced."""
    return "".join(one_line(unicodedata.normalize("NFC", text)).split())


@settings(max_examples=5, **SLOW)  # pyright: ignore[reportArgumentType] - a dictionary of settings
@given(names=st.lists(NAMES, min_size=25, max_size=40))
def test_a_tenants_name_arrives_or_is_refused_with_a_sentence(company: Any, names: list[str]) -> None:
    """Legal in QuickBooks, unique, as much of it as fits; the next sync has nothing to do."""
    day = company.another_day()
    tenants = {company.tenant(name, day): name for name in names}
    rows = company.chain.sync("customers", first_day=day, last_day=day)
    # Who joined within the last minutes is looked at once more, and left as it is.
    assert set(rows) >= set(tenants)
    assert {rows[key].status for key in set(rows) - set(tenants)} <= {"skipped", "failed"}
    stored = {one["Id"]: one["DisplayName"] for one in company.accountant.all("Customer")}
    for key, name in tenants.items():
        row = rows[key]
        if row.status != "created":
            assert row.reason and row.reason.endswith(".") and row.how_to_fix, name
            assert row.reason_code in ("waiting_for_confirmation", "missing_field"), (name, row.reason)
            continue
        shown = stored[row.quickbooks_id]
        assert shown == row.quickbooks_number
        assert 0 < len(shown.encode("utf-16-le")) // 2 <= 500
        assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in shown)
        if one_line(name.replace(":", "")):
            assert visible(shown).startswith(visible(legal_display_name(name))[:200])
        else:
            assert shown == f"Tenant {key[1]}"
    folded = [name.casefold() for name in stored.values()]
    assert len(folded) == len(set(folded))
    again = company.chain.sync("customers", first_day=day, last_day=day)
    assert not [row for row in again.values() if row.status in ("created", "updated")]


@settings(max_examples=4, **SLOW)  # pyright: ignore[reportArgumentType]
@given(names=st.lists(NAMES, min_size=10, max_size=20))
def test_a_vendors_name_arrives_with_its_expense_or_the_expense_says_why_not(
    company: Any, names: list[str]
) -> None:
    """As a record of RentAxis, and as free text on the expense itself."""
    day = company.another_day()
    expenses = {}
    for number, name in enumerate(names):
        vendor = {"vendor_name": name} if number % 3 == 0 else {"vendor_id": company.rentaxis.vendor(name)}
        expenses["expense", str(company.rentaxis.expense("12.34", day=day, **vendor))] = name
    rows = company.chain.sync("expenses", first_day=day, last_day=day)
    assert set(rows) >= set(expenses)
    for key, name in expenses.items():
        row = rows[key]
        assert row.status == "created" or (row.reason and row.reason.endswith(".") and row.how_to_fix), name
    again = company.chain.sync("expenses", first_day=day, last_day=day)
    assert not [row for row in again.values() if row.status in ("created", "updated")]


def test_a_vendors_name_without_letters_is_not_that_of_a_vendor_without_a_name(company: Any) -> None:
    """QuickBooks calls the one "Vendor 7" for its number; "(vendor 7)" behind the other would have no other letters either."""
    first, later = company.another_day(), company.another_day()
    company.rentaxis.expense("12.34", day=first, vendor_id=company.rentaxis.vendor(":"))
    company.chain.sync("expenses", first_day=first, last_day=first)
    expense = company.rentaxis.expense("12.34", day=later, vendor_name="\N{GRINNING FACE}")
    rows = company.chain.sync("expenses", first_day=later, last_day=later)
    assert rows["expense", str(expense)].status == "created"
    assert company.accountant.of("expense", expense)["EntityRef"]["name"] == "\N{GRINNING FACE}"
    again = company.chain.sync("expenses", first_day=later, last_day=later)
    assert not [row for row in again.values() if row.status in ("created", "updated")]
