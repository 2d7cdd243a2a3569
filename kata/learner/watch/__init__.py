"""The verdict at every save.

`watch` is the loop, `board` the screen; `runner` asks the server that runs the checks.
"""
