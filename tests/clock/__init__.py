"""Tests of ops/clock."""
