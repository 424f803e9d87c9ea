"""Tests of the basket's pages."""
