"""The command `kata` for learners, what it remembers, and `kata watch`."""
