"""Tests of ops.web: the gate, signing in through a real provider, pages, errors."""
