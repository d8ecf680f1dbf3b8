"""Notices to people about unattended runs: what they say, and how they are sent. Does not depend on Dagster.

Not here: which run a notice is about, and when (``orchestration.notice_sensors``).
"""
