"""Tests of ops/approvals."""
