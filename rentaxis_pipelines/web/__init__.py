"""The front door: who may open the Dagster UI, and what may reach it.

Here: addresses, sign-in, roles, the guard in front of Dagster's own web application, the callback that connects QuickBooks.
Not here: anything that is pushed; the door starts runs only by letting a request through.
"""
