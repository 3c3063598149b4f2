"""Whether this install is well: one list of checks for `manage.py doctor` and the System health page."""

from budgetapp.health.report import Report, examine

__all__ = ["Report", "examine"]
