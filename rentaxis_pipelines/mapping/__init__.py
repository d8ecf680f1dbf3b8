"""Pure functions: a RentAxis record plus what QuickBooks has to offer -> a QuickBooks payload, or the
reason why not.

Knows no database, no HTTP, no Dagster. The ``plan_...`` functions decide (create, update, void, skip,
fail); the ``map_...`` functions build the payload.
"""
