"""Who is who: RentAxis payers and QuickBooks customers, RentAxis vendors and QuickBooks vendors.

Here: pure rules over what both sides say. Not here: what is pushed of them (``mapping``), and storing a link (``sync``).
"""
