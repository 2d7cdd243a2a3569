"""Locate a slip that no bank lists: find a small change after which the answer does what the solution does."""
