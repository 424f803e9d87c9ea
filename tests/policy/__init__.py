"""Tests of ops/policy."""
