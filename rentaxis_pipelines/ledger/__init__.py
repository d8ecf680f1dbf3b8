"""The durable record of what was pushed: links, plans, requests, results, the snapshot, tokens, the realm lock.

Here: tables and the few statements that read and write them, each a function on an open connection; the caller commits.
Not here: deciding what to push or what a response means (``sync``), or QuickBooks' and RentAxis' own rules.
"""
