"""The page of delegations."""
