"""The documents name only what is there: every link leads to a file, every file and function of the architecture page exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rentaxis_pipelines"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DOCUMENTS = [
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("*.md")),
    ROOT / "dbt_like_sql" / "README.md",
]
FENCED = re.compile(r"```.*?```", re.DOTALL)
# A back-quoted file or folder: "mapping/invoices.py", "dbt_like_sql/marts/".
NAMED_FILE = re.compile(r"`([\w./-]+(?:/|\.(?:py|sql|md|yaml|yml|toml|lock)))`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_that_exists(document: Path) -> None:
    """Links to other sites are not followed; the part after # is not looked up."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", FENCED.sub("", document.read_text()))
    missing = [
        link for link in links if "://" not in link and not (document.parent / link).resolve().exists()
    ]
    assert missing == []


def test_every_file_the_architecture_names_exists() -> None:
    """Names are those of the repository, or of the package."""
    named = NAMED_FILE.findall(ARCHITECTURE.read_text())
    assert len(named) > 40
    assert [name for name in named if not ((ROOT / name).exists() or (PACKAGE / name).exists())] == []


def test_every_name_beside_a_file_is_defined_in_that_file() -> None:
    """``settings/company.py`` (``Policies``) says that Policies is there."""
    beside = re.findall(r"`([\w/]+\.py)` \(((?:`\w+`(?:, )?)+)", ARCHITECTURE.read_text())
    assert len(beside) >= 5
    for file, names in beside:
        code = (PACKAGE / file).read_text()
        for name in re.findall(r"\w+", names):
            assert re.search(rf"^(?:class |def )?{name}\b", code, re.MULTILINE), f"{name} is not in {file}"


def test_every_room_of_the_package_stands_in_the_drawing() -> None:
    """A package without a place in the drawing, or a place without a package, misleads a newcomer."""
    drawing = ARCHITECTURE.read_text().split("## Packages")[1].split("## One entry point")[0]
    drawn = set(re.findall(r"\b(\w+)/(?=\s)", drawing))
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms <= drawn
    homes = [ROOT, PACKAGE, PACKAGE / "sync", ROOT / "dbt_like_sql", ROOT / "rentaxis_pipelines_tests"]
    assert [name for name in drawn if not any((home / name).is_dir() for home in homes)] == []
