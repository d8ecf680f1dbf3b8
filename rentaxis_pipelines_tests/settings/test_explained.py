"""What settings mean and may be: every choice that there is, is explained in the example, and the page needs no other text."""

import pytest

from rentaxis_pipelines.settings import Automation, Guard, Notice, Policies
from rentaxis_pipelines.settings.explained import Explanation, SettingForm, explanations, form_of

PLAIN = [
    *(("policies", key) for key in Policies.model_fields if key != "guard"),
    *(("policies", "guard", key) for key in Guard.model_fields),
    *(("automation", key) for key in Automation.model_fields),
    *(("notice", key) for key in Notice.model_fields if key != "email"),
]


@pytest.mark.parametrize("key_path", PLAIN)
def test_every_choice_says_what_it_does(key_path: tuple[str, ...]) -> None:
    form = form_of(key_path)
    explained = explanations()[key_path]
    if form.kind == "choice":
        assert set(explained.choices) == set(form.values)
    text = " ".join([explained.text, explained.more, *explained.choices.values()])
    assert "rentaxis-sync" not in text
    assert "confirm_unusual" not in text
    assert "null" not in text


def test_what_a_comment_says_is_taken_apart() -> None:
    """Into what it is about, what each choice does, and what is to be known besides."""
    explained = explanations()[("policies", "closed_period")]
    assert explained.text == "A record dated in a period you have closed in QuickBooks:"
    assert explained.choices["redate"].startswith("it is recorded on the first open day")
    assert explained.more == "Neither ever changes what is already in a closed period."
    switch = explanations()[("notice", "include_details")]
    assert switch.choices["false"] == "counts and causes only."
    assert explanations()[("policies", "guard", "money")] == Explanation("")


def test_forms_come_from_the_rules_of_the_file() -> None:
    assert form_of(("policies", "preview_days")) == SettingForm("number", minimum=1, maximum=366)
    assert form_of(("policies", "guard", "first_money")) == SettingForm("money", optional=True, minimum=0)
    assert form_of(("mappings", "class_by")) == SettingForm("choice", True, ("property", "unit"))
    assert form_of(("go_live",)).kind == "day"
    assert form_of(("notice", "email", "from")).kind == "text"
    with pytest.raises(KeyError):
        form_of(("policies", "nothing"))
