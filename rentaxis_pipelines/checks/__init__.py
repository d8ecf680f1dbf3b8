"""What ``rentaxis-sync check`` looks at: everything a run needs, before one is started. Each module looks at one part of it.

Here: the looks and their sentences. Not here: their order and what is printed (``check``, ``screen``), nor a push.
"""
