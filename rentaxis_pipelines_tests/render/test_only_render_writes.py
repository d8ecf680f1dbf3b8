"""Nothing but ``render`` writes a medium: no other module imports what writes one, or calls it, whichever is added later."""

import ast
from pathlib import Path

import dagster as dg
import pytest

import rentaxis_pipelines
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.render.markdown import Markdown, text

PACKAGE = Path(rentaxis_pipelines.__file__).parent
# The emulator is a server of its own, which imports nothing of ours and shows nothing of RentAxis.
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ("render", "emulator")
]

# What writes a medium, and what stands beside it and does not.
WRITERS = ("rich", "xlsxwriter", "openpyxl", "csv", "email.message", "email.mime", "email.headerregistry")

CELLS = {
    "write_string", "write_number", "write_formula", "write_url", "write_rich_string", "write_datetime", "write_boolean",
    "write_blank", "write_array_formula", "write_dynamic_array_formula", "write_comment", "insert_textbox",
}  # fmt: skip


def breaches(source: str) -> list[str]:
    """Calls and imports that put text into a medium past ``render``: ``line: call``."""
    tree = ast.parse(source)
    sheets = any(
        isinstance(node, ast.ImportFrom)
        and "excel" in f"{node.module} {' '.join(name.name for name in node.names)}"
        for node in ast.walk(tree)
    )
    found = [
        f"{node.lineno}: {ast.unparse(node.func)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _writes(node.func, sheets)
    ]
    return found + [
        f"{node.lineno}: {name}" for node in ast.walk(tree) for name in _imported(node) if _is_writer(name)
    ]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{name.name}" for name in node.names]
    return []


def _is_writer(name: str) -> bool:
    return any(name == writer or name.startswith(f"{writer}.") for writer in WRITERS)


def _writes(function: ast.expr, sheets: bool) -> bool:
    if isinstance(function, ast.Name):
        return function.id in ("Markdown", "print", "MarkdownMetadataValue")
    if not isinstance(function, ast.Attribute):
        return False
    owner = ast.unparse(function.value)
    return (
        (function.attr == "md" and owner.endswith("MetadataValue"))
        or function.attr == "MarkdownMetadataValue"
        or (function.attr == "Markdown" and owner != "self")
        or function.attr in CELLS
        or (
            function.attr in ("write", "write_row", "write_column")
            and sheets
            and owner not in ("excel", "csv")
        )
        or (function.attr in ("echo", "secho", "echo_via_pager") and owner == "click")
        or (
            function.attr in ("print", "status", "log", "rule")
            and owner in ("out", "_out", "_err", "console")
        )
        or (function.attr == "write" and owner in ("sys.stdout", "sys.stderr"))
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_writes_past_render(path: Path):
    found = breaches(path.read_text())
    assert found == (
        [f"{_line_of(path, 'dg.MetadataValue.md(')}: dg.MetadataValue.md"]
        if path.name == "markdown_metadata.py"
        else []
    )


def _line_of(path: Path, call: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), start=1) if call in line)


@pytest.mark.parametrize(
    "source",
    [
        "dg.MetadataValue.md(text)", "MetadataValue.md('x')", "Markdown(f'| {name} |')", "markdown.Markdown(name)",
        "page.write_string(0, 0, name)", "from rentaxis_pipelines.render import excel\npage.write(0, 0, name)",
        "click.echo(name)", "_err.print(name)", "out.print(f'[red]{name}')", "print(name)", "sys.stdout.write(name)", "from rich.table import Table", "import csv", "import xlsxwriter",
        "from email.message import EmailMessage", "from email import message",
    ],
)  # fmt: skip
def test_the_look_finds_what_it_is_for(source: str):
    assert breaches(source)


def test_only_markdown_made_by_render_becomes_metadata():
    """A plain text, and Markdown that an f-string was made of, is refused at once, not shown."""
    assert md(text("a|b")) == dg.MarkdownMetadataValue("a&#124;b")
    for foreign in ("![x](http://evil.example/p.png)", f"{text('a')} ![x](y)"):
        with pytest.raises(TypeError, match=r"render\.markdown"):
            md(foreign)  # pyright: ignore[reportArgumentType]
    assert isinstance(text("x"), Markdown)
