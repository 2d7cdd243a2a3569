"""Say why an answer is wrong.

An observer lists facts; the first that differs from the solution's is where, a known mistake that agrees is what. Rules
explain exceptions, the text shows dead code, and small changes that make the answer right locate a slip.
"""
