"""Use it: a whole training run with the learner's own functions.

`capstone` is the command, `training` the run, `processes` one by several processes, `told` what one of them leaves
behind when it fails, `parts` the learner's functions and stand-ins, `digits` the data, `pictures` what is drawn of
it, `tensorboard` what is written for TensorBoard, and `look` the page in which the network looks at what is drawn, by a
`program` of its steps; `pages` finds it again.
"""
