"""Proof that the two sets of books agree: RentAxis' records, what was written, and what QuickBooks holds, side by side.

Here: fetching the three sides, running the marts (``dbt_like_sql/marts``), showing them. It writes nothing to QuickBooks and
knows no Dagster. Not here: the rules by which records are pushed (``mapping``, ``sync``).
"""
