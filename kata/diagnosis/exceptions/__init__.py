"""Explain what Python and torch raised, in the learner's terms, by rules that look at the line and its values.

No text of an exception is parsed.
"""
