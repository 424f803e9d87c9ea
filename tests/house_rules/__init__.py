"""Conventions kept alive: each failure says how to fix it."""
