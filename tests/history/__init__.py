"""Tests of ops.history."""
