"""Use it: a whole training run with the learner's own functions, its data and its pictures."""
