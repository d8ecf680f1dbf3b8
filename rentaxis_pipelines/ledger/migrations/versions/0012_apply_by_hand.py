"""Money that a person has to apply has a reason code of its own; until now only the sentence of its remedy told it apart."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        """update ledger.row_results set reason_code = 'apply_by_hand'
           where reason_code = 'applied_in_part' and how_to_fix is distinct from
             'Nothing to do: it is applied automatically once the invoice is in QuickBooks.'"""
    )
    op.execute("drop index ledger.row_results_open")
    op.execute(
        """create index row_results_open on ledger.row_results (realm, source_type, source_id)
           where status = 'failed' or reason_code in
             ('waiting_for_confirmation', 'waiting_for_parent', 'applied_in_part', 'apply_by_hand')"""
    )
