"""Tests of ops.keys."""
