"""Hostile texts for every medium: what names, memos and reasons could hold if somebody wanted to do harm with them."""

import string
from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

ESC = "\x1b"
SAMPLES = (
    "![x](http://evil.example/p.png)",
    "![x](/graphql?query=mutation)",
    "[click](javascript:alert(1))",
    "[a]: http://evil.example 'x'",
    "[a][a] [^1] [x] - [ ] todo",
    "<img src=x onerror=alert(1)>",
    "<b>Ann</b><!-- x --><?x?><![CDATA[x]]>",
    "<http://evil.example> <a@b.example>",
    "see www.evil.example, http://evil.example/a?b=c&copy=1#d_e_ and HTTPS://EVIL.example",
    "http://www.evil.example ftp://evil.example //evil.example //localhost evil.example mailto:a@b.c",
    "jane.doe@example.org a@b+c@d.example a@b.c`d@e.f`",
    "&amp; &lt;b&gt; &#124; &copy",
    "a | b \\| c \\\\| d \\",
    "# Heading",
    "#\tHeading",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "> quote",
    "===",
    "---",
    "***",
    "```\ncode\n```",
    "~~~",
    "    code",
    "\tcode",
    " lead and trail ",
    "\u3000wide\u3000",
    "two lines\nof text",
    "two\n\nparagraphs\r\n- and\x85a\u2028list",
    "a  \nb",
    "*a* _b_ **c** __d__ ~~e~~ `f` ``g`` $h$ :smile: ==i==",
    "`",
    "\\`",
    "a\\[/red]b",
    "[bold]x[/bold] [/] [link=http://evil.example]x[/link] [@click=quit]",
    f"{ESC}[31mred{ESC}[0m {ESC}]0;title\x07 {ESC}]8;;http://evil.example{ESC}\\link",
    "\x9b31mred\x9d0;title\x9c \x90q",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "zero\u200bwidth \ufeff \u00ad \u2060",
    "\x00\x08\x7f\x0b\x0c",
    "\ud800 \udfff \uffff \U0001fffe",
    "=1+1",
    " =1",
    "\n=1",
    "\t=1",
    "\r=1",
    "\u00a0=1",
    "\u200b=1",
    "\uff1d1 \uff0b \uff0d \uff20",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "\ufe661",
    "+1",
    "-1",
    "@SUM(A1)",
    "|cmd",
    "\"=1",
    "a;=1",
    "a; \"=1",
    ";\x1f=",
    "=cmd|'/C calc'!A0",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "http://evil.example/" + "x" * 300,
    "internal:Sheet1!A1",
    "<r><t>x</t></r>",
    "<r></r>",
    "_x0041_ _x000D_",
    "0001",
    "1e5",
    "<!channel> <@U1> <#C1|x> <http://evil.example|x> @channel @Here @everyone @all",
    "x\r\nBcc: evil@example.org",
    "x\n.\nQUIT",
    "../../etc/passwd",
    "con.txt",
    "Ana Ruiz, 1,234.50 (Unit #4)",
    "O'Neil & Søn",
    "王小明 \u0645\u0631\u062d\u0628\u0627 नमस्ते 👩‍👩‍👧",
    "",
    " ",
)  # fmt: skip

_PIECES = st.one_of(
    st.sampled_from(SAMPLES),
    st.sampled_from(["www.", "http://", "https://", "@", "a@b.c", "![", "](", "<", "](x)", "&", ";", "\\", "|", "`", "``", "\n", " "]),
    st.text(st.sampled_from(string.punctuation + " \n\t01aw\x1b\u202e"), max_size=6),
    st.characters(),
)  # fmt: skip

# Whole samples, and pieces of them put together in every order.
texts = st.one_of(st.sampled_from(SAMPLES), st.lists(_PIECES, max_size=8).map("".join), st.text(max_size=30))


def for_any(*values: st.SearchStrategy[Any], examples: int = 60) -> Callable[[Any], Any]:
    """The test takes any of these, every sample among them; none depends on how fast the machine is."""

    def decorated(test: Any) -> Any:
        test = settings(max_examples=examples)(given(*values)(test))
        if all(one is texts for one in values):
            for sample in SAMPLES:
                test = example(*[sample] * len(values))(test)
        return test

    return decorated
