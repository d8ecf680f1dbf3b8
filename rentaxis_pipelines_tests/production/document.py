"""The production steps of docs/operations.md as they are printed: the fenced blocks of one section, in order, each with who runs it."""

import re
from dataclasses import dataclass

from rentaxis_pipelines.settings.shipped import ROOT

SECTION = "Install for a real company"
_BLOCK = re.compile(r"^### (?P<heading>.*)$|^```(?P<runner>.*)\n(?P<text>(?:.*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """``runner``: what follows the fence, "sh", "sh as root", "sql" or "sql in rentaxis"."""

    step: str
    runner: str
    text: str

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip() and not line.startswith("#")]


def blocks() -> list[Block]:
    """Every block of the section, none left out."""
    manual = (ROOT / "docs" / "operations.md").read_text()
    section = manual.split(f"\n## {SECTION}\n")[1].split("\n## ")[0]
    found: list[Block] = []
    step = ""
    for match in _BLOCK.finditer(section):
        if match["heading"] is not None:
            step = match["heading"]
        else:
            found.append(Block(step, match["runner"], match["text"]))
    return found


def backup_and_restore() -> tuple[str, str]:
    """The two commands of docs/operations.md, each as one line."""
    manual = (ROOT / "docs" / "operations.md").read_text()
    (dump,) = re.findall(r"^pg_dump .*$", manual, re.MULTILINE)
    (restore,) = re.findall(r"`(pg_restore [^`]+)`", manual)
    return dump, " ".join(restore.split())


def uninstall() -> str:
    """The SQL of docs/operations.md that takes databases and roles away."""
    manual = (ROOT / "docs" / "operations.md").read_text().split("## Uninstall")[1]
    (found,) = re.findall(r"```sql\n(.*?)```", manual, re.DOTALL)
    return found
