"""SCIM: a client of ours, the independent tester, and what it means for people."""
