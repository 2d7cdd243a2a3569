"""The command `kata`, and what it keeps.

`progress` says where the learner is, `state` is the file that remembers it, `keeper` writes each session into it.
`backup` brings texts back, `compare` shows other answers beside one's own, `editor` opens it, `doctor` looks at the
installation, and `watch` gives the verdict at every save.
"""
