"""Taking back what a run wrote: which objects it touched, what each goes back to, and what stands in the way.

Here: rules over values, and the reads they need. Not here: the order of it all (``sync.undo``), sending and settling (``pushing``).
"""
