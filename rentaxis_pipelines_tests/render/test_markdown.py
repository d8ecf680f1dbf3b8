"""Markdown read by a real parser gives every text back as it was, and nothing else: no link, no picture, no HTML, no further cell."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rentaxis_pipelines.render import markdown
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines_tests.render.hostile import for_any, texts

PARSERS = {
    "gfm": MarkdownIt("gfm-like", {"linkify": True}),
    "commonmark": MarkdownIt("commonmark", {"html": True}).enable("table"),
    "js": MarkdownIt("js-default", {"linkify": True, "html": True}),
}
parsed_by = pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)


# What remark-gfm, in Dagster's UI, makes links of in the text that is left after parsing, escapes or not
# (mdast-util-gfm-autolink-literal, transformGfmAutolinkLiterals); what stands in code it leaves alone.
FOUND_BY_REMARK = re.compile(
    r"(?:https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(?:\.[-\w]+)+", re.IGNORECASE | re.ASCII
)


def inlines(tokens: list[Token]) -> Iterator[str]:
    """The text of every paragraph and cell; anything but text and code within one fails."""
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            assert {child.type for child in children} <= {"text", "code_inline"}, children
            assert not any(
                FOUND_BY_REMARK.search(child.content) for child in children if child.type == "text"
            )
            yield "".join(child.content for child in children)


def kinds(tokens: list[Token]) -> list[str]:
    return [token.type for token in tokens if token.type != "inline"]


@parsed_by
@for_any(texts)
def test_a_text_in_a_paragraph_comes_back_as_it_was(parser: MarkdownIt, value: str):
    shown = one_line(value)
    tokens = parser.parse(markdown.paragraph(value))
    assert list(inlines(tokens)) == ([shown] if shown else [])
    assert kinds(tokens) == (["paragraph_open", "paragraph_close"] if shown else [])


@parsed_by
@for_any(texts)
def test_a_text_in_a_list_stays_one_item(parser: MarkdownIt, value: str):
    tokens = parser.parse(markdown.bullets([value, "end"]))
    assert [text for text in inlines(tokens) if text] == [text for text in (one_line(value), "end") if text]
    assert kinds(tokens).count("list_item_open") == 2
    assert not {"heading_open", "hr", "fence", "code_block", "html_block", "table_open"} & set(kinds(tokens))


@parsed_by
@for_any(texts, texts)
def test_a_table_keeps_its_cells(parser: MarkdownIt, one: str, other: str):
    """Heads and cells, each with a hostile neighbour: as many cells as were written, each with its text."""
    heads, rows = ("name", f"h{other}"), [(one, other), ("next", one)]
    tokens = parser.parse(
        markdown.blocks(markdown.table(heads, rows, right=("name",)), markdown.text("after"))
    )
    expected = [one_line(cell) for cell in (*heads, one, other, "next", one)]
    assert list(inlines(tokens)) == [*expected, "after"]
    assert kinds(tokens).count("td_open") == 4
    assert kinds(tokens).count("tr_open") == 3


@parsed_by
@for_any(texts)
def test_bold_text_is_bold_and_nothing_more(parser: MarkdownIt, value: str):
    """A heading of a cause, and the remedy after it."""
    (inline,) = (
        one
        for one in parser.parse(markdown.paragraph(markdown.bold(f"x{value}"), value, "end"))
        if one.children
    )
    types = {child.type for child in inline.children or []}
    assert types == {"strong_open", "strong_close", "text"} | ({"code_inline"} & types)
    said = "".join(child.content for child in inline.children or [])
    assert said == " ".join(one_line(part) for part in (f"x{value}", value, "end") if part)


@parsed_by
@for_any(texts)
def test_a_link_of_ours_holds_its_label_and_leads_where_we_say(parser: MarkdownIt, value: str):
    """The label cannot break out of it, and an address that is none of the web makes no link."""
    url = "https://app.qbo.intuit.com/app/invoice?txnId=1&copy;=2"
    (inline,) = (one for one in parser.parse(markdown.link(value or "x", url)) if one.children)
    first, *label, last = inline.children or []
    assert (first.type, first.attrs["href"], last.type) == ("link_open", url, "link_close")
    assert "".join(child.content for child in label) == one_line(value or "x")
    for address in (value, f"javascript:{value}", f"data:text/html,{value}"):
        if not address.lower().startswith(("http://", "https://")):
            assert markdown.link("x", address) == "x"
    (hostile,) = (
        one for one in parser.parse(markdown.link("x", f"https://a/{one_line(value)}")) if one.children
    )
    assert [child.type for child in hostile.children or []] == ["link_open", "text", "link_close"]


def test_numbers_and_days_are_read_as_they_are():
    """Ours need no escape, and what is Markdown already is not escaped twice."""
    cells = [Decimal("-1234.5"), Decimal(7), 8, dt.date(2026, 5, 1), None, markdown.bold("x")]
    assert [str(markdown.cell(cell)) for cell in cells] == ["-1,234.50", "7", "8", "2026-05-01", "", "**x**"]
    assert markdown.paragraph(markdown.money(Decimal("-1234.5"))) == "-1,234.50"


def test_a_heading_is_one_heading_whatever_its_text():
    tokens = MarkdownIt("commonmark").parse(markdown.heading("# a\n- b *c*", level=2))
    assert [one.tag for one in tokens if one.type == "heading_open"] == ["h2"]
    assert "".join(child.content for one in tokens for child in one.children or []) == "# a - b *c*"
