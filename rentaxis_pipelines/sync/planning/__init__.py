"""From what was chosen to a plan: row by row what would be done, written down before anything is sent.

Not here: sending it (``pushing``), the rules of what a record becomes (``mapping``), who is who (``matching``).
"""
