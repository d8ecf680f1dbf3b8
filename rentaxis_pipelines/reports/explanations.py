"""Why RentAxis and QuickBooks differ: the only table of explanations, in accounting terms.

Here: the codes, what they mean, the remedy, and whether a month can be closed with them. Every remedy is safe to
follow: none says to void or delete in QuickBooks what RentAxis still has. Not here: which explanation a record gets
(``dbt_like_sql/marts/records.sql``), and why a row was skipped or failed (``model.reasons``).
"""

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """One row of the table. ``in_short``: the wording in counts ("3 records <in short>"). ``blocks_close``: somebody must act before the
    month can be closed. ``out_of_range``: the remedy for a record whose date no range can include, where it is another one.
    """

    code: str
    in_short: str
    meaning: str
    how_to_fix: str
    blocks_close: bool
    out_of_range: str | None = None


_NOTHING = "Nothing to do."
_AGAIN = "Run these days again."
_ALONE = "push it as a single record (rentaxis-sync record), because no date range includes its date."

EXPLANATIONS = (
    Explanation("agrees", "agree", "Both sides agree.", _NOTHING, False),
    Explanation("draft", "not final in RentAxis", "It is not final in RentAxis yet.", "Nothing to do; it is pushed once it is final.", False),
    Explanation("excluded", "excluded", "A person excluded it from the sync.", _NOTHING, False),
    Explanation("before_go_live", "before go-live", "It is dated before the sync began.", _NOTHING, False),
    Explanation("before_first_day", "before the first day", "It is dated before the company's first day, so no date range includes it.", "Enter it in QuickBooks by hand, or push it as a single record (rentaxis-sync record).", False),
    Explanation("ahead_of_its_day", "dated too far ahead", "Its date is further ahead than a date range can reach.", "Nothing to do; it is pushed when its date comes. Correct the date in RentAxis if it is a mistake.", False),
    Explanation("switched_off", "of a type that is switched off", "Its type or direction is switched off in RentAxis.", "Switch it on in RentAxis, then run again.", False),
    Explanation("from_quickbooks", "imported from QuickBooks", "It was imported from QuickBooks and is kept there by hand.", "Compare the two by hand if they should agree.", False),
    Explanation("pushed_as_credit", "pushed as a credit memo", "It is below zero, so it is pushed as a credit memo.", _NOTHING, False),
    Explanation("open_on_return", "open on the return of a payment", "A payment of it came back. In QuickBooks the invoice stays paid, and the return of the payment is open instead; the customer owes the same.", _NOTHING, False),
    Explanation("re_dated", "booked on a later day", "The books were closed for its date, so it is booked on a later date.", _NOTHING, False),
    Explanation("waiting", "waiting for a person or another record", "It is waiting for a person or for another record.", "See the record it is waiting for.", True),
    Explanation("failed", "refused", "It was refused.", "See the reason given for the record.", True),
    Explanation("not_pushed", "not pushed yet", "No run has pushed it yet.", _AGAIN, True, _ALONE.capitalize()),
    Explanation("perhaps_there", "not pushed, and possibly entered in QuickBooks by hand", "No run has pushed it, and QuickBooks has a similar transaction.", "Compare the two (Possible duplicates). If they are the same, exclude the RentAxis record (rentaxis-sync exclude); if not, run these days.", True, f"Compare the two (Possible duplicates). If they are the same, exclude the RentAxis record (rentaxis-sync exclude); if not, {_ALONE}"),
    Explanation("changed_since_push", "changed in RentAxis since the push", "It was changed in RentAxis after it was pushed.", _AGAIN, True, _ALONE.capitalize()),
    Explanation("mapping_changed", "mapped differently now", "It is booked to a different product or account than the company file now says.", "Restore the mapping if the change was a mistake; if not, run these days again.", True, f"Restore the mapping if the change was a mistake; if not, {_ALONE}"),
    Explanation("party_changed", "on another customer or vendor", "It is booked to a different customer or vendor than its payer is now linked to.", "Correct the link if it is wrong (rentaxis-sync links relink); if it is right, run these days again.", True, f"Correct the link if it is wrong (rentaxis-sync links relink); if it is right, {_ALONE}"),
    Explanation("settled_without_payment", "paid in RentAxis without a payment", "RentAxis shows more of it as paid than it has payments for, so it stays open in QuickBooks.", "If money was received, record the payment in RentAxis, and it is pushed. If it was settled without money, settle it in QuickBooks by hand.", True),
    Explanation("open_although_paid", "open in RentAxis although paid", "RentAxis has payments on it that its own balance does not count.", "Look at the invoice in RentAxis and correct its balance or the payment. QuickBooks matches RentAxis' payments.", True),
    Explanation("edited_in_quickbooks", "edited in QuickBooks", "Somebody edited it in QuickBooks.", "If the edit is right, make the same change in RentAxis. If not, undo it in QuickBooks, or push this record with force (rentaxis-sync record ... --force).", True),
    Explanation("voided_in_quickbooks", "voided in QuickBooks", "Somebody voided it in QuickBooks, and RentAxis still has it.", "If it is still owed or was paid, push this record with force to put it back (rentaxis-sync record ... --force). Only if RentAxis is wrong, correct it in RentAxis.", True),
    Explanation("deleted_in_quickbooks", "deleted in QuickBooks", "Somebody deleted it in QuickBooks, and RentAxis still has it.", "If it is still owed or was paid, push this record with force to create it again (rentaxis-sync record ... --force). Only if RentAxis is wrong, correct it in RentAxis.", True),
    Explanation("merged_in_quickbooks", "merged in QuickBooks", "Somebody merged it into another customer or vendor in QuickBooks.", "Link its payer to the remaining one (rentaxis-sync links relink), then run its days again.", True),
    Explanation("party_out_of_use", "deleted or inactive customers or vendors", "Somebody deleted it in QuickBooks or made it inactive.", "Make it active again in QuickBooks, or link its payer to another (rentaxis-sync links relink).", True),
    Explanation("gone_from_rentaxis", "gone from RentAxis", "RentAxis has no such record on any date, and it is still in QuickBooks.", "Find out why it is gone from RentAxis. If by mistake, restore it there. If it was deleted on purpose, run its days again: the sync voids it.", True),
    Explanation("ours_to_be_linked", "ours, to be linked again", "It carries the mark of a RentAxis record, but the ledger does not link the two.", "Leave it in QuickBooks. Run its days again: the sync recognizes it by its mark.", True),
    Explanation("ours_without_link", "marked as a record RentAxis does not have", "It carries the mark of a RentAxis record that does not exist.", "Find out why RentAxis has no such record, and restore it there if it is needed. If it is not, void it in QuickBooks by hand.", True),
    Explanation("duplicate", "possibly entered twice", "It looks like a record that is already in QuickBooks, and is not linked to any.", "Compare the two (Possible duplicates). If it is the same one entered twice, delete this one, and keep the one that the sync created.", True),
    Explanation("looks_unpushed", "similar to a record not pushed yet", "It looks like a RentAxis record that is not pushed yet, and is not linked to any.", "Leave it in QuickBooks. If it is the same, exclude the RentAxis record (rentaxis-sync exclude) before it is pushed a second time.", True),
    Explanation("deposit_left_otherwise", "of deposits that left another way", "It takes a security deposit out of the account it is held in, entered in QuickBooks by somebody else, and what that tenant's deposit comes to differs from RentAxis.", "If the deposit was settled, finalize its settlement in RentAxis; then keep one of the two: exclude the settlement (rentaxis-sync exclude) and name the tenant on the entry in QuickBooks, or have this entry reversed. If it was not, have the entry corrected in QuickBooks.", True),
    Explanation("not_ours", "entered by somebody else", "It was entered in QuickBooks by somebody else.", _NOTHING, False),
    Explanation("unexplained", "without an explanation", "No reason was found.", "Leave everything as it is and report this.", True),
)  # fmt: skip
