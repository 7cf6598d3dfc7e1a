"""What may be wrong with this node, this project or this shell: each check yields findings as data."""
