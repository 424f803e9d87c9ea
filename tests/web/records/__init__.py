"""Tests of the pages of lists, records and their forms."""
