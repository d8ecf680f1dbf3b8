"""Benchmarks: our push beside others on one emulated QuickBooks server. Figures are of one run on one machine.

Here: measuring. Not here: whether it is right (the tests), though a run that did not write every row is no figure.
"""
