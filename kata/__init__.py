"""The engine behind `pytest exercises/`: it checks a learner's file and says why it is wrong.

Each package imports only those above it in this list:

    content     lessons, banks of answers, edits, syntax trees
    processes   start, measure and end processes
    checking    load a file, run it in a sandbox, assert
    lessons     test doubles of single lessons
    diagnosis   why an answer is wrong
    report      results as lines of text
    running     the pytest side: collect, check, explain; server and workers
    learner     progress, `kata watch`
    notebook    lessons as notebooks
    train       whole training runs
    teacher     grade a class, hand out a repository

`plugin` holds pytest's hooks, `cli` the commands, `authoring` what lessons import. See ARCHITECTURE.md.
"""
