"""Grade a class: what it has done, and what it has not understood.

`entries` are those who have handed something in, `contents` the files in it, `submissions` reads those of exercises,
and a `roster` says who is in the class. `material` is the teacher's own lessons. `unit` grades one lesson of one
student, through one of the servers that `pool` keeps busy, or `cluster` on other machines; `prepare` notes first
where the known mistakes leave the solution. `grading` goes over everything, and goes on where it was stopped. `marks`
are what comes of it, `rules` how many points that gives, `misunderstood` what they say of the class, `alike` who has
written nearly the same; `tables`, `imports`, `gradescope`, `page` and, for each student, `sheet` write it down
(`style` is how pages look), `parts` puts a class together that was graded in parts, and a `course` does all of this
as its teacher asks, once or whenever something comes in. `export` makes the repository that is handed out, `readme`
what it says of itself, and checks that are `hidden` are not in it. `commands` is the teacher's command line,
`authors` that of those who write lessons.
"""
