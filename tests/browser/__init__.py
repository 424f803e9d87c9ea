"""Chromium visits the whole product."""
