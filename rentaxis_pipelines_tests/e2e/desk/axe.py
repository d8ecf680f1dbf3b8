"""axe-core, which looks at a page as a screen reader would: what it finds on the page that is open in Chromium.

Source: https://github.com/dequelabs/axe-core, from npm (``make node_modules/.ready``), in tests only.
Not here: which pages are looked at.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rentaxis_pipelines.settings.shipped import ROOT

_FOLDERS = [os.environ.get("NODE_PATH", ""), str(ROOT / "node_modules")]
AXE = next(
    (file for folder in _FOLDERS if folder and (file := Path(folder) / "axe-core" / "axe.min.js").is_file()),
    None,
)
NO_AXE = "axe-core is neither in NODE_PATH nor in ./node_modules (with npm: make node_modules/.ready)"
# The mark of a test that needs it. Without it the test is skipped; in continuous integration it fails (conftest.py).
needs_axe = pytest.mark.axe

_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations
    .filter(rule => ['serious', 'critical'].includes(rule.impact))
    .map(rule => `${rule.id}: ${rule.help}: ` + rule.nodes.map(node => node.html.slice(0, 200)).slice(0, 3).join(' / '));
}"""


def violations(page: Page) -> list[str]:
    """What is seriously or critically wrong on the page as it is now, one line a rule, with the elements."""
    assert AXE is not None
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(_RUN)
