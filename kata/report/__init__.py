"""Render results as lines of text, and differing feature maps as pictures."""
