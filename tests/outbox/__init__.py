"""Tests of ops/outbox."""
