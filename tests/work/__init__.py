"""Tests of ops/work."""
