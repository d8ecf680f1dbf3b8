"""A few small files kept with the demo's expenses, and the folder they lie in.

Here: their bytes, their rows, writing them. One row has no file, so that the demo shows what a missing one looks like. They are attached where
the company file says ``also_push: [papers]``, as that of the whole books does; the stack adds where they lie.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rentaxis_pipelines.demo import tables as t
from rentaxis_pipelines.demo.records import AllRows
from rentaxis_pipelines.safety.private_files import close_to_others, private_folder


def _pdf(line: str) -> bytes:
    """A page with one line of text."""
    drawn = f"BT /F1 14 Tf 72 720 Td ({line}) Tj ET".encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    written, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return written + end % (len(objects) + 1, table, len(objects) + 1, len(written))


FILES: Final[Mapping[str, bytes]] = {
    "receipts/receipt-1.pdf": _pdf("Receipt: paid in full. Thank you."),
    "receipts/receipt-2.pdf": _pdf("Receipt: materials and labor."),
    "bills/bill-1.txt": b"Invoice for services rendered.\nPayable within 30 days.\n",
}
"""By the path below the papers folder."""
_MISSING: Final = "receipts/receipt-3.pdf"


def keep_papers(all_rows: AllRows) -> None:
    """Files of the first expenses of the first organization: one each, the first one entered twice, the last one missing."""
    organization = all_rows.of(t.Organization)[0]
    expenses = [row for row in all_rows.of(t.Expense) if row.organization is organization]
    locations = [*FILES, _MISSING]
    for expense, location in [*zip(expenses, locations, strict=False), (expenses[0], locations[0])]:
        content = FILES.get(location)
        all_rows.add(
            t.Paper(
                created_at=expense.created_at,
                organization=organization,
                entity_type="expense",
                entity=expense,
                file_name=location.rpartition("/")[2],
                content_type="application/pdf" if location.endswith(".pdf") else "text/plain",
                size_bytes=None if content is None else len(content),
                sha256=None if content is None else hashlib.sha256(content).hexdigest(),
                location=location,
            )
        )


def write_files(folder: Path) -> None:
    """Write them below the folder, which is made."""
    close_to_others(private_folder(folder))
    for location, content in FILES.items():
        path = folder / location
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
