"""Tests of ops.identity: the ID token, sign-in, roles and sessions."""
