"""Carrying out a plan so that nothing doubles and nothing is lost, whatever dies on the way.

Not here: what is to be sent (``planning``).
"""
