"""The engine behind `pytest exercises/`: it checks a learner's file and says why it is wrong.

Read the modules in this order: `lesson` (what there is), `graft` (put one function in another's
place), `binding` (load what is to be checked), `diagnosis` (which mistake, and where), `report`
(what the learner reads), `plugin` (the hooks that call the others).
"""
