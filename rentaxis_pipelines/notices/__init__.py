"""Telling people how the runs went that nobody watched: what is said, and how it is sent. Knows no Dagster.

Not here: which run a notice is about, and when (``orchestration.notice_sensors``).
"""
