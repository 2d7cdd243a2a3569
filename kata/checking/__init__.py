"""Run an answer safely, and ask about it.

`binding` loads what is submitted, `presence` says whether the exercise is there and how it is called, `guard` keeps the
process as it was, `expect` and `questions` are what specs ask with, `patterns` says how wrong numbers come of right
ones, `networks` and `by_hand` are what specs hand over and refuse, `pretend` is an accelerator for every machine.
"""
