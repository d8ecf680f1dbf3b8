"""Matching RentAxis payers with QuickBooks customers, and RentAxis vendors with QuickBooks vendors.

Here: pure rules about data from both sides. Not here: what is pushed (``mapping``), and storing links (``sync``).
"""
