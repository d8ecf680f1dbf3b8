"""Finding one record among all types by number, name, e-mail, amount or id, pushed or not, with RentAxis away too."""

import pytest

from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words


def test_time(office: Office):
    import time

    from rentaxis_pipelines.ledger.database import connect
    from rentaxis_pipelines.reports.find_records import find_records
    from rentaxis_pipelines.reports.search_terms import search_terms
    from rentaxis_pipelines.settings import Scope

    chain = office.chain
    scope = Scope(chain.company, "", chain.environment)
    (inv,) = chain.rentaxis("select * from invoices where organization_id=1 and type='receivable' order by id limit 1")
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        for typed in (inv["invoice_number"], str(inv["total_amount"]), "id:1", "%", "o'brien\" --"):
            at = time.perf_counter()
            found = find_records(scope, connection, search_terms(typed))
            print(typed, time.perf_counter() - at, len(found.records), found.has_more, found.remark, found.records[:3])
