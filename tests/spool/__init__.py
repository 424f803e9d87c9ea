"""Tests of ops/spool."""
