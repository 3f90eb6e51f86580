"""Checks the manual page and the completions; see __main__.py."""
