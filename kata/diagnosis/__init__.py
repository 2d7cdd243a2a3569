"""Why an answer is wrong.

An observer of the lesson lists facts (`observation`, `trace`, `amounts`, `probes`); `difference` and `facts` say in
which one an answer leaves the solution, with sentences of their own for some `kinds` and for `lists`; `diagnosis` finds
the known mistake that agrees, by its `index`, and where several do, `choice` looks which one it is written like
(`likeness`), or names them all. `unused` sees what the text alone shows, `repair` where a small change would make it
right. What Python and torch said is `exceptions`. All ends in an `explanation`.
"""
