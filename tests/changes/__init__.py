"""Tests of ops/changes."""
