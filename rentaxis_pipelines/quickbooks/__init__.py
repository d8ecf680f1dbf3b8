"""A client of the QuickBooks Online Accounting API for programs that must not double or lose anything.

It knows nothing of where its records come from and imports no other room. Start with:

- ``client``: ``QuickBooksClient`` for one company: queries, change data capture, writes
- ``batch``: up to thirty writes in one call, and what became of each
- ``faults``: the exception tree, and ``classify``
- ``auth``, ``tokens``, ``connect``: a valid access token, where it is kept, how it is first got
- ``limits``: QuickBooks' limits, kept here so that it never has to refuse a call
- ``json``, ``query``, ``answers``, ``transport``: exact JSON, statements, answers, one HTTP exchange
- ``entities``, ``log``: what is particular to record types, and what the log may say
"""
