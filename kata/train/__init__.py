"""`kata train`: a whole training run with the learner's own functions."""
