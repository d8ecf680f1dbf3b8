"""The parser that judges the desk's pages notices what it is there to notice."""

import pytest

from rentaxis_pipelines_tests.e2e import hostile
from rentaxis_pipelines_tests.web.desk.markup import page_of

HARMLESS = '<!doctype html><html lang="en"><body><h1>Home</h1><p>{}</p><a href="/desk/demo/runs">Runs</a></body></html>'
MARKUP = [attack.text for attack in hostile.attacks("http://127.0.0.1:9/leak") if attack.text.startswith("<")]


@pytest.mark.parametrize(
    "text",
    [
        *MARKUP,
        "<b onclick=x>a</b>",
        "<!-- a -->",
        "<a href='javascript:alert(1)'>a</a>",
        "<a href='//a.example'>a</a>",
    ],
)
def test_a_text_that_became_markup_is_noticed(text: str) -> None:
    """Unescaped, every one of these brings an element, an attribute or an address of its own."""
    assert page_of(HARMLESS.format(text)).strange


@pytest.mark.parametrize("text", MARKUP)
def test_a_text_that_stayed_a_text_is_read_as_it_was_written(text: str) -> None:
    """Escaped as templates do it, nothing is strange, and it is read letter by letter."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    page = page_of(HARMLESS.format(escaped))
    assert page.strange == []
    assert text in page.text
    assert page.headings == 1
