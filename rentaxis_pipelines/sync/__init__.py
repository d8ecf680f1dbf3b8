"""The engine: plan, push, recover, prove. Knows the ledger, the mapping and the client; knows no Dagster.

``planning`` writes down what would be done, ``pushing`` does it, ``resync`` says what is worth doing again without a person. What
all of them share lies beside this file: the run and its session, QuickBooks' lists as last seen, what was chosen, the guard.

Not here: what a record looks like in QuickBooks (``mapping``), who is who (``matching``), and how any of it is stored (``ledger``).
"""
