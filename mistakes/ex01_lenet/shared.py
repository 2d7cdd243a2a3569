"""Lesson 1: what several files of the bank share."""

LAYERS = ["conv1", "conv2", "fc1", "fc2", "fc3"]
