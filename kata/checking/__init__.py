"""Run an answer safely, and ask about it.

`binding` loads what is submitted, `presence` says whether the exercise is there and how it is called, `guard` is the
sandbox that keeps the process, and its `settings`, as it was. `expect`, `questions` and `keeping` are what specs ask
with, `patterns` says how wrong numbers come of right ones, and `parts` which of them are right. `networks`,
`exhibits` and `together` (several processes) are what specs hand to answers, `by_hand` is what they refuse. `pretend`
is an accelerator for all machines, `pretend_parts` what it needs around its tensors, `device_errors` what torch says to
tensors of two devices. `judging` lets answers of a bank judge a learner's test. `devices` are the real ones, `places`
are other machines and what notes how a step is computed there, `randomness` gives each check the same random numbers,
and `compiler` spares an import.
"""
