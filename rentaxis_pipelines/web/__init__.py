"""The web front end: who may open the Dagster UI, and which requests may reach it.

Here: addresses, sign-in, roles, the guard in front of Dagster's own web application, the callback that connects QuickBooks.
Not here: anything about pushing; runs are started only by letting a request through to Dagster.
"""
