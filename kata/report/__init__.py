"""Say it: `results` is the data of a session, `report` makes lines of it, `judged` the score of a learner's test,
`terminal` writes them, `maps` draws.
"""
