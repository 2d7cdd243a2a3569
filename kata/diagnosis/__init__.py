"""Why an answer is wrong.

An observer of the lesson lists facts (`observation`, `trace`, `amounts`, `probes`); `difference` and `facts` (some
`kinds` of them have sentences of their own) say in which one an answer leaves the solution; `diagnosis` finds the
known mistake that agrees, by its `index`, and where several do, `choice` looks which one it is written like
(`likeness`), or names them all. `unused` sees what the text alone shows, `repair` where a small change would make it
right. What Python and torch said is `exceptions`. All ends in an `explanation`.
"""
