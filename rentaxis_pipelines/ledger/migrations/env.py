"""Alembic's entry: runs the migrations on the connection that ``ledger.database.migrate`` hands over.

There is no way down: the ledger is the proof of what was pushed, and no migration tears it up.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="ledger_version",
    version_table_schema="ledger",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
