"""Lesson 2: how each exercise is observed, and the bank of its wrong answers."""
