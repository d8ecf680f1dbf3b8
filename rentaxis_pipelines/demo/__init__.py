"""The demo: an embedded Postgres, and in it a RentAxis database with a made-up portfolio.

Here: what stands in for RentAxis where there is none, for the demo and for tests. Not here: anything a real
installation runs, and the stand-in for QuickBooks (``emulator``).
"""
