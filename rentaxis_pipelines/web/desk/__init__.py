"""The sync desk: pages for a bookkeeper, at /desk. It shows what the ledger and the books say, and launches runs in Dagster; it never syncs.

``desk`` combines the pages. ``visit`` is one request to a company's page, ``forms`` what a page or an action is, ``launching`` Dagster's
side. Every other module is a page, with its template of the same name. Not here: reads (``ledger``, ``reports``) and rules (``sync``).
"""
