"""The files that a user writes: what they ask for, line by line."""
