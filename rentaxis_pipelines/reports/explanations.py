"""Why RentAxis and QuickBooks differ: the one table of explanations, in an accountant's words.

Here: the codes, what they mean, the remedy, and whether a month can be closed with them. Not here: who decides which one a
record gets (``dbt_like_sql/marts/records.sql``), and why a row was skipped or failed (``ledger.reasons``).
"""

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """One row of the table. ``blocks_close``: somebody has to act before the month is closed."""

    code: str
    meaning: str
    how_to_fix: str
    blocks_close: bool


_NOTHING = "Nothing to do."
_AGAIN = "Run these days again."

EXPLANATIONS = (
    Explanation("agrees", "Both sides are equal.", _NOTHING, False),
    Explanation("draft", "It is not final in RentAxis yet.", "Nothing to do; it is pushed once it is final.", False),
    Explanation("excluded", "A person excluded it from the sync.", _NOTHING, False),
    Explanation("before_go_live", "It is dated before the sync began.", _NOTHING, False),
    Explanation("switched_off", "Its type or direction is switched off in RentAxis.", "Switch it on in RentAxis, then run again.", False),
    Explanation("from_quickbooks", "It was imported from QuickBooks and is kept there by hand.", "Compare the two by hand if they should agree.", False),
    Explanation("re_dated", "The books were closed for its day, so it is booked on a later one.", _NOTHING, False),
    Explanation("waiting", "It waits for a person or for another record.", "See the record it waits for.", True),
    Explanation("failed", "It was refused.", "See its reason.", True),
    Explanation("not_pushed", "No run has pushed it yet.", _AGAIN, True),
    Explanation("changed_since_push", "It was changed in RentAxis after it was pushed.", _AGAIN, True),
    Explanation("mapping_changed", "It is booked to another product or account than the company file says now.", "Run these days again, or put the mapping back.", True),
    Explanation("party_changed", "It is booked to another customer or vendor than its payer is linked to now.", "Run these days again, or correct the link.", True),
    Explanation("settled_without_payment", "RentAxis calls it paid and has no payment for it, so it stays open in QuickBooks.", "Record the payment in RentAxis, or settle it in QuickBooks by hand.", True),
    Explanation("edited_in_quickbooks", "Somebody edited it in QuickBooks.", "Undo the edit in QuickBooks, or run its day with force to put RentAxis' version back.", True),
    Explanation("voided_in_quickbooks", "Somebody voided it in QuickBooks.", "Void it in RentAxis too, or run its day with force to put it back.", True),
    Explanation("deleted_in_quickbooks", "Somebody deleted it in QuickBooks.", "Void it in RentAxis too, or run its day with force to make it again.", True),
    Explanation("merged_in_quickbooks", "Somebody merged it into another customer or vendor in QuickBooks.", "Link its payer to the one that is left (rentaxis-sync links relink), then run its days again.", True),
    Explanation("party_out_of_use", "Somebody deleted it in QuickBooks or made it inactive.", "Make it active again in QuickBooks, or link its payer to another (rentaxis-sync links relink).", True),
    Explanation("gone_from_rentaxis", "RentAxis no longer has it, or has it on a day before the first one.", "Void it in QuickBooks, or restore it in RentAxis.", True),
    Explanation("ours_without_link", "It carries the mark of a RentAxis record that does not exist.", "Delete it in QuickBooks if it is a copy.", True),
    Explanation("duplicate", "It looks like one of ours and belongs to none.", "Delete or void one of the two in QuickBooks; if it was typed by hand before the push, exclude the RentAxis record.", True),
    Explanation("not_ours", "It was entered in QuickBooks by somebody else.", _NOTHING, False),
    Explanation("unexplained", "No reason was found.", "Keep everything as it is and report this.", True),
)  # fmt: skip
