"""A change on its ways through the people of a larger company, in real browsers."""
