"""Many rows, as people see them."""
