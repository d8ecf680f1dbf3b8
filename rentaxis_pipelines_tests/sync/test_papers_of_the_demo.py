"""The demo's own files, from its folder to the demo company."""

from pathlib import Path

from rentaxis_pipelines.demo.papers import FILES, write_files
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain


def test_the_demos_files_are_attached_once_asked_for(chain: Chain, tmp_path: Path) -> None:
    """Three files on three expenses; the one entered twice once, and the missing one fails beside its expense, which is booked."""
    write_files(tmp_path / "papers")
    chain.company = chain.company.model_copy(
        update={"also_push": ("papers",), "papers_folder": str(tmp_path / "papers")}
    )
    results = chain.sync("customers", "invoices", "payments", "expenses", "papers")
    papers = {key: row for key, row in results.items() if key[0] == "paper"}
    said = sorted(row.reason_code or row.status for row in papers.values())
    assert said == ["created", "created", "created", "paper_unreadable", "unchanged"]
    accountant = Accountant(chain.quickbooks)
    documents = [
        {"entity": entity, **found} for entity in ("Purchase", "Bill") for found in accountant.all(entity)
    ]
    attached = [paper["content"] for document in documents for paper in accountant.papers_of(document)]
    assert sorted(attached) == sorted(FILES.values())
