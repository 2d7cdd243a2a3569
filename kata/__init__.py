"""The engine behind `pytest exercises/`: it checks a learner's file and says why it is wrong.

Ten rooms, each of which uses only those before it:

    content     what there is: lessons, texts, edits, banks of answers
    processes   start, watch and end other processes
    checking    run an answer safely, and ask about it
    diagnosis   why it is wrong
    report      say it
    running     pytest's side: collect, fixtures, results
    learner     the command `kata`, and `kata watch`
    notebook    the same in the cells of a notebook
    train       use it: `kata train`
    teacher     grade a class, hand out a repository

`plugin` and `cli` are the entries, `authoring` the one door for those who write lessons. ARCHITECTURE.md shows the way
of a learner's file through the rooms.
"""
