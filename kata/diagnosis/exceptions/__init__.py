"""What Python and torch said, in the learner's terms.

`explain` goes over the rules of `names`, `calls`, `misuse`, `order` and `shapes`; `place` is the line where it stopped,
its syntax and its values. No text of an exception is parsed.
"""
