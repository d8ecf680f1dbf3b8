"""The engine: plan, push, recover, prove. Knows the ledger, the mapping and the client; knows no Dagster.

Here: in which order things are written down and sent, and what an answer means for a row. Not here: what a record looks
like in QuickBooks (``mapping``), who is who (``matching``), and how any of it is stored (``ledger``).
"""
