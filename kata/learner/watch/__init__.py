"""`kata watch`: the verdict at every save."""
