"""What there is: lessons and their files, the text of an exercise, edits to it, and banks of answers.

`lesson` finds them, `graft` puts one function in another's place, `pieces` takes a file apart, `edits` changes a text
by its anchors, `bank` reads wrong and right answers from the files that `bank_files` finds, written with
`bank_marks`, `template` makes a new lesson, `sealed` reads files that nobody is to read by chance, `safe` and `files`
show and write text without harm.
"""
