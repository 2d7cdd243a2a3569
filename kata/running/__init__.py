"""pytest's side: collect a learner's file, offer fixtures, run checks, and make results of what ended them.

What pytest sees: `collect` (of an untouched lesson what is `known`) and `answers` (a bank's), by the names of
`selection`, `fixtures`, `items` (what is done with each). One check: `checks` runs it, `finished` is what is known
then, `outcome` makes a result of it, `causes` puts its explanation together, `verdict` adds results up. One session:
`session` is what it knows, `style` how it reports, `notes` and `surroundings` what lies around, `deadline` ends what
hangs and does not listen, `locating` looks for the place of a slip, `workers` uses all
cores, `debugging` serves who asks for a debugger. Lessons on several processes run in those that `ranks` starts, each
a `rank`. `strength` scores a bank, `pairs` are those of its answers that look alike, `unaided` what is found without
one, `peeking` notes who uses the solution.

For `kata watch` and `kata grade` a `server` carries out orders, each in the process of a `worker`; `client` starts
it, `ahead` begins the next run before it is asked for, `runs` knows what has come of a run, and which limits it is
over.
"""
