"""Say why an answer is wrong.

An observer records facts. The first that differs from the solution's says where, a known mistake with the same facts
says what. Rules explain exceptions, dead code is found in the source, and small mutations that repair the answer
locate a slip.
"""
