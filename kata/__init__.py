"""The engine behind `pytest exercises/`: it checks a learner's file and says why it is wrong.

Read the modules in this order: `lesson` (what there is), `graft` (put one function in another's
place), `edits` and `bank` (wrong answers as changes of the solution), `binding` (load what is to be
checked), `fixtures` (what a check may ask for), `diagnosis` and its `index` (which mistake, and where),
`difference` with `facts` and `patterns` (what is told of it), `stumble` with the rules of `names`, `calls`,
`misuse`, `order` and `shapes` (what Python and torch said), `unused` (what the text alone shows), `results`
and `report` (what came out, and what the learner reads of it), `plugin` (the hooks that call the
others), `keeper` and `state` (what is remembered).
"""
