"""Explain exceptions by rules that look at the line and its values; no message text is parsed."""
