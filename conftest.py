"""Hands over to the engine."""

pytest_plugins = ["kata.plugin"]
