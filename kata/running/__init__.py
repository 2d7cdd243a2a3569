"""pytest's side: collect a learner's file, offer fixtures, run checks, and make results of what ended them.

`collect` and `fixtures` are what pytest sees, `session` is what one session knows, `checks` runs one, `outcome` makes a
result of it, `deadline` ends what hangs, `notes` and `surroundings` tell of what lies around, `strength` scores a bank.
"""
