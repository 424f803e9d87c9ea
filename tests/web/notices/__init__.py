"""The inbox and its choices."""
