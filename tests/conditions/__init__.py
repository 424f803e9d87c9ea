"""Tests of ops/conditions."""
