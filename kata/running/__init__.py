"""The pytest side: collection, fixtures, checks, and results with explanations.

Also the server and workers of `kata watch` and `kata grade`, and the ranks of lesson 11.
"""
