"""What the terminal gets: the text, visible, and no command. Read back by a terminal (pyte), and byte by byte."""

import io
import json
import unicodedata

import pyte
import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.render import terminal
from rentaxis_pipelines.render.characters import lines, one_line
from rentaxis_pipelines.render.terminal import Column, Console
from rentaxis_pipelines_tests.render.hostile import SAMPLES, for_any, texts

WIDE = 2_000
# What may never reach a terminal from a text: C0 but the line break, DEL, C1, and what turns the writing round.
FORBIDDEN = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"} - {
    "\n"
}  # fmt: skip
# Cells a terminal shows one to a character, so that its screen can be compared with the text.
PLAIN = st.text(
    st.characters(max_codepoint=0x24F).filter(lambda one: not unicodedata.combining(one)), max_size=40
)


def printed(*parts: object, colors: bool = False) -> str:
    file = io.StringIO()
    terminal.say(
        Console(file=file, width=WIDE, force_terminal=colors, color_system="standard" if colors else None),
        *parts,
    )
    return file.getvalue()


def on_screen(output: str) -> list[str]:
    screen = pyte.Screen(100, 12)
    pyte.Stream(screen).feed(output.replace("\n", "\r\n"))
    assert screen.title == "", "a text set the window's title"
    return [line.rstrip() for line in screen.display if line.strip()]


@for_any(texts)
def test_a_text_is_printed_as_it_is_and_no_character_of_it_acts(value: str):
    """Neither rich's markup nor a control character: what is written is the text with what cannot be seen marked."""
    output = printed("record: ", value)
    assert output == f"record: {lines(value)}\n"
    assert not FORBIDDEN & set(output)


@for_any(texts, texts)
def test_a_table_takes_every_text(one: str, other: str):
    """In title, heads and cells; on a narrow screen too, where words are broken."""
    for width in (40, WIDE):
        file = io.StringIO()
        made = terminal.table(
            one,
            [Column(f"a{other}"), Column("n", right=True)],
            [[one, other], None, [other, one]],
            ruled=True,
        )
        terminal.say(Console(file=file, width=width, color_system=None), made)
        assert not FORBIDDEN & set(file.getvalue())
        file.getvalue().encode()


@for_any(PLAIN, examples=20)
def test_a_terminal_shows_the_text(value: str):
    """A real terminal's screen holds the text, in colors too."""
    shown = one_line(value)
    for colors in (False, True):
        assert on_screen(printed(terminal.text(f"<{shown}>", "red"), colors=colors)) == [f"<{shown}>"]
        cells = terminal.table("t", [Column("name")], [[f"<{shown}>"]])
        assert any(f"<{shown}>" in line for line in on_screen(printed(cells, colors=colors)))


@pytest.mark.parametrize("value", SAMPLES)
def test_work_going_on_may_be_named_by_any_text(value: str):
    """``Pushing invoice ID ...`` names what was typed."""
    file = io.StringIO()
    console = Console(file=file, width=WIDE, force_terminal=True, color_system=None)
    with terminal.bar(console, f"Pushing {value}") as update:
        update("3 of 4 sent", 3, 4)
    assert one_line(value).strip() in file.getvalue()
    assert "3 of 4 sent" in file.getvalue()


def test_the_counts_of_work_going_on_are_whole_on_a_narrow_screen():
    """On 60 columns too: the time left stands at the end of the words."""
    file = io.StringIO()
    words = "12,000 records read, 12,000 planned, 3,000 of 11,700 sent, 2,340 answered, about 8 minutes left"
    console = Console(file=file, width=60, force_terminal=True, color_system=None)
    with terminal.bar(console, "Running bulk_sync for 2026-04-01 to 2026-10-27 ...") as update:
        update(words, 2340, 11700)
    shown = file.getvalue()
    assert all(word in shown for word in words.split())


@for_any(texts)
def test_json_for_scripts_is_ascii_that_can_be_seen_and_the_same_value(value: str):
    encoded = terminal.ascii_json(json.dumps({value: [value]}, ensure_ascii=False))
    assert all(" " <= one <= "~" for one in encoded)
    assert json.loads(encoded) == {value: [value]}


def test_what_was_typed_wrong_is_quoted_without_acting():
    """Click's own errors quote what was typed: a pasted command to the terminal is shown, not carried out."""
    for arguments in (
        ["no\x1b]0;x\x07such"],
        ["results", "--status", "\x9b31m[/red]"],
        ["bulk", "--from", "\x1b[2J"],
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert not FORBIDDEN & set(result.output)
        assert "Try" in result.output
