"""Durable truth about what was pushed: links, plans, requests, results, the snapshot, tokens, the realm lock.

Here: tables and the few statements that read and write them, each a function on an open connection; the caller commits.
Not here: any decision about what to push or what an answer means (``sync``), nor QuickBooks' or RentAxis' own rules.
"""
