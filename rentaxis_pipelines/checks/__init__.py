"""What ``rentaxis-sync check`` checks: everything a run needs, before one is started. Each module checks one part.

Here: the checks and their messages. Not here: printing (``cli.screen``), or pushing.
"""
