"""What is worth a run without a person asking: missed nights, fixed records, edited ones. The sensors ask here.

Not here: asking Dagster for the runs (``orchestration.sensors``).
"""
