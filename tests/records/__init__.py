"""Tests of ops/records."""
