"""Proof that the two sets of books agree: RentAxis' records, what was pushed, and what QuickBooks holds, side by side.

Here: fetching the three sides, running the marts (``dbt_like_sql/marts``) and presenting them. Nothing here writes to QuickBooks
or depends on Dagster. Not here: the rules for pushing records (``mapping``, ``sync``).
"""
