"""The bytes of files that RentAxis keeps with its records: where they may be read from, and how they are read and checked.

Not here: which file is attached to what (``mapping.papers``), and sending it to QuickBooks.
"""
