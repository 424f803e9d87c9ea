"""Tests of ops/embedded."""
