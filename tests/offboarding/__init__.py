"""Somebody leaves: what ends, what goes to whom, and what stays as it was."""
