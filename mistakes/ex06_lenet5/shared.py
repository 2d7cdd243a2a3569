"""Lesson 6: what several files of the bank share."""

PAPER = ("c1", "s2", "c3", "s4", "c5", "f6", "output")
TABLE = ((2, 0), (1,), (0, 1, 2), (3, 1))
