"""Grade a class: what it has done, and what it has not understood.

`submissions` reads what was handed in, `material` is the teacher's own lessons. `unit` grades one lesson of one student,
in a process that one of the `slots` forks; `pool` keeps these busy, `cluster` those of other machines. `grading` goes
over everything, and goes on where it was stopped. `marks` are what comes of it, `misunderstood` what they say of the
class; `tables`, `gradescope` and `page` write it down. `export` makes the repository that is handed out, `commands` is
the command line.
"""
