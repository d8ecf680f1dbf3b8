"""Writes the tables of docs/quickbooks-emulator.md, which are made of the code, into their places."""

from pathlib import Path

from quickbooks_emulator.tables import filled

PAGE = Path(__file__).parents[1] / "docs" / "quickbooks-emulator.md"

PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
