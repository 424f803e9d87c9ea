"""Changes of many rows."""
