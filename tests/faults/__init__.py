"""Processes are killed and servers emptied in the middle of things."""
