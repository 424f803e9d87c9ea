"""Tests of ops/notices."""
