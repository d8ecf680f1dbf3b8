"""The installation of many companies: one Postgres, one QuickBooks server, one code location, the real daemon.

How many companies is said by COMPANIES (6 unless it is set): each costs a run of its own. ``make night`` has fifty.
"""

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines.demo.portfolio import SMALLEST, SmallOnes
from rentaxis_pipelines.demo.small_companies import TIMEZONE, small_companies
from rentaxis_pipelines_tests.e2e.companies.installation import Installation
from rentaxis_pipelines_tests.e2e.conftest import started

COMPANIES = int(os.environ.get("COMPANIES", "6"))


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """COMPANIES small companies with a folder each, one more without; each has the records of yesterday to push."""
    folder = tmp_path_factory.mktemp("companies")
    yesterday = dt.datetime.now(ZoneInfo(TIMEZONE)).date() - dt.timedelta(days=1)
    companies = small_companies(COMPANIES + 1)
    stack = demo_stack.running(folder, units=SMALLEST, months=1, small=SmallOnes(companies, [yesterday]))
    *working, database, token, mapping, spare = companies
    shown = folder / demo_stack.COMPANIES / spare.slug
    with started(stack, folder, code_server=True, before_services=lambda: shutil.rmtree(shown)) as running:
        broken = {"database": database, "token": token, "mapping": mapping}
        yield Installation(running, yesterday.isoformat(), working, broken, spare)
