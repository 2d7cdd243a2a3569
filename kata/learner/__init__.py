"""The command `kata`, and what it keeps.

`progress` says where the learner is, `state` is the file that remembers it, `keeper` writes each session into it; a
command begins with its `desk`. `backup` brings texts back, `update` takes what is new into them, `texts` are the
commands that do so. `mutants` shows how a test of the learner's is judged.
`compare` shows other answers beside one's own, `editor` opens it, `doctor` looks at the
installation, and `watch` gives the verdict at every save.
"""
