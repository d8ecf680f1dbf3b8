"""Where outside text meets a medium: names, memos, reasons, numbers and file names are data in all of them.

One module per medium: ``markdown`` (Dagster's UI), ``terminal``, ``csv``, ``excel``, ``email``, ``webhook``, ``html``; ``file_names``;
and ``characters``, the step they all share. Nothing else writes a cell, a line or a header. Not here: what is shown, and to whom.
"""
