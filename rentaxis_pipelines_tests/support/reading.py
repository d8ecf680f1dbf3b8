"""Markdown as a reader sees it: what a real parser makes of it, a line for each paragraph and each row of a table."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("gfm-like", {"linkify": True})


def read(markdown: str) -> str:
    """Paragraphs and items as lines, rows of tables as ``| a | b |``; bold between two stars."""
    lines: list[str] = []
    row: list[str] | None = None
    for token in _PARSER.parse(markdown):
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            lines.append(f"| {' | '.join(row)} |")
            row = None
        elif token.type == "inline":
            (lines if row is None else row).append("".join(map(_said, token.children or [])))
    return "\n".join(lines)


def _said(token: Token) -> str:
    return "**" if token.type in ("strong_open", "strong_close") else token.content
