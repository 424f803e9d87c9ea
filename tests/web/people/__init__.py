"""The pages about people: who they are, what they may and why."""
