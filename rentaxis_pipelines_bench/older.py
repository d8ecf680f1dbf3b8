"""The code of an older commit beside today's, to compare the two in one run of the benchmark, on one machine and one server.

Its modules run in processes of their own, with the same interpreter and packages, and with databases of their own: the ledger's tables
differ. Not here: what is compared.
"""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from rentaxis_pipelines.settings.shipped import ROOT

COMMIT = "f58c9c9b"  # the last one that read, planned and pushed a range whole


@contextmanager
def code(commit: str = COMMIT, clone: Path = ROOT) -> Iterator[Path | None]:
    """A folder with all files of the commit, to be put first on PYTHONPATH; None where the clone does not have it (a shallow one, or
    no clone at all).
    """
    packed = subprocess.run(
        ["git", "-C", str(clone), "archive", "--format=tar", commit], capture_output=True, check=False
    )
    if packed.returncode:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="rentaxis-bench-") as folder:
        with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)
