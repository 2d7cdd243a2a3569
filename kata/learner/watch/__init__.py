"""The verdict at every save.

`watch` is the loop, `board` the screen; `runner` asks the `warm` server, which forks a `child` for each run.
"""
