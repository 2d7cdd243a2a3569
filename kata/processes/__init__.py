"""Start processes, look after them, and end them with all that they started, on every system.

`starting` is the one way to start one, with three methods behind it; `tree` knows what runs below a process, and how
much memory it uses; `system` is what POSIX has and Windows lacks, behind one face.
"""
