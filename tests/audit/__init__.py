"""Tests of ops/audit."""
