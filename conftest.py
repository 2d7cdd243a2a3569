"""Hands over to the engine: the checks, and what is kept of them."""

pytest_plugins = ["kata.plugin", "kata.learner.keeper"]
