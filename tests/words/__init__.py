"""Tests of ops/words."""
