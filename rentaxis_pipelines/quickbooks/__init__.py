"""A client for the QuickBooks Online Accounting API, for programs that must not duplicate or lose anything.

It does not know where its records come from and imports no other package of ours except ``safety``. Start with:

- ``client``: ``QuickBooksClient`` for one company: queries, change data capture, writes
- ``batch``: up to thirty writes in one call, and the outcome of each
- ``faults``: the exception tree, and ``classify``
- ``auth``, ``tokens``, ``connect``: a valid access token, where it is stored, how it is first obtained
- ``limits``: QuickBooks' rate limits, enforced here so that QuickBooks never has to refuse a call
- ``json``, ``query``, ``answers``, ``transport``: exact JSON, statements, responses, one HTTP exchange
- ``entities``, ``log``: specifics of record types, and what may be logged
"""
