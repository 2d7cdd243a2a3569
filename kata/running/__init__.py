"""pytest's side: collect a learner's file, offer fixtures, run checks, and turn what ended them into results.

Also the processes in which `kata watch` and `kata grade` run lessons, and the ranks of lesson 11.
"""
