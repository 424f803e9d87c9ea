"""A model of approvals that shares no code with the product, and a machine that walks both of them at random."""
