"""Checks of the alert rules, the dashboard and the list of metrics."""
