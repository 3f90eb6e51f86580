"""Asks a proxy with its configuration, and methodwall with the policy that replaces it, the same things."""
