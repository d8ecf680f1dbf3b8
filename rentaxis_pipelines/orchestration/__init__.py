"""What is launched, when, and what is checked: jobs, schedules, sensors, asset checks. No business rule lives here."""
