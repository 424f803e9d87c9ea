"""People who may not, at everything that finds, changes and brings in many rows."""
