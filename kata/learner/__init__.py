"""The learner's commands, progress, and `kata watch`."""
