"""Background entry points: each looks up one row by its id and calls one room."""
