"""Tests of ops/jobs."""
