"""The demo: an embedded Postgres holding a RentAxis database with a fictitious portfolio.

Here: what replaces RentAxis in the demo and in tests. Not here: anything a real installation runs, and what replaces QuickBooks
(``quickbooks_emulator``).
"""
