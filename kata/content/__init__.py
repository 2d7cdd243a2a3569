"""Lessons and their files, the text of an exercise, edits to it, and the banks of answers."""
