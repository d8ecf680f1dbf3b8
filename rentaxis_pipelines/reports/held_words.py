"""Security deposits held, in words for the end of ``rentaxis-sync reconcile``. Not here: what they are (the marts ``held_*``)."""

import sqlalchemy as sa

from rentaxis_pipelines.reports.marts import rows_of

_MOST = 10


def describe_held(connection: sa.Connection) -> str:
    """The totals, and a line for each tenant that differs, largest first; empty where nothing is held or deposits are not proved."""
    held = rows_of(connection, "held_deposits", order_by="abs(difference) desc, party_name")
    if not held:
        return ""
    differing = [row for row in held if row["difference"]]
    rentaxis, quickbooks = (sum(row[side] for row in held) for side in ("rentaxis", "quickbooks"))
    lines = [
        f"Security deposits held: {rentaxis:,.2f} in RentAxis, {quickbooks:,.2f} in QuickBooks; {len(differing):,} of {len(held):,} tenants differ."
    ]
    for row in differing[:_MOST]:
        why = str(row["explanations"] or "").replace("_", " ")
        lines.append(
            f"  {row['party_name']}: {row['rentaxis']:,.2f} in RentAxis, {row['quickbooks']:,.2f} in QuickBooks ({why}: {row['differing']})"
        )
    if len(differing) > _MOST:
        lines.append(f"  and {len(differing) - _MOST:,} more")
    return "\n".join(lines)
