"""Find the place of a slip that nobody listed: a small change after which the answer does what the solution does.

`tree` changes a syntax tree in place and back. `changes` lists the small changes, the likely first: those within a
statement are `expressions`, the others `statements`, and both take from the same `material`, which says right
answers in the learner's names (`naming`). `search` tries them within
a budget, and `words` says where the slip is and of which kind, never what would mend it.
"""
