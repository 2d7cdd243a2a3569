"""Lesson 3, SGD.__init__: wrong answers about values that are to be refused."""

import warnings

from kata.authoring import body, drop, exercise, insert, replace, same_as, wrong
from solutions.ex03_optimizers import SGD

exercise("SGD.__init__")

no_check = wrong(
    "an optimizer that accepts negative values",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    drop('for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):'),
)

lr_not_checked = wrong(
    "an optimizer that accepts a negative lr",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    replace(
        'for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
        'for name, value in (("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

only_lr_checked = wrong(
    "an optimizer that looks at lr only",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    body("""
        if lr < 0:
            raise ValueError(f"lr must be 0 or more, got {lr}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

momentum_not_checked = wrong(
    "an optimizer that accepts a negative momentum",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    replace(
        'in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        'in (("lr", lr), ("weight_decay", weight_decay)):',
    ),
)

decay_not_checked = wrong(
    "an optimizer that accepts a negative weight_decay",
    "Such an optimizer would go uphill, or blow weights up, and nobody would be told: each of the three must be looked at.",
    replace(
        'in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        'in (("lr", lr), ("momentum", momentum)):',
    ),
)

checked_together = same_as(
    no_check,
    body("""
        if lr < 0 and momentum < 0 and weight_decay < 0:
            raise ValueError(f"lr, momentum and weight_decay must be 0 or more, got {lr}, {momentum} and {weight_decay}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

built_but_not_raised = same_as(no_check, replace("raise ValueError", "ValueError"))

prints_instead = same_as(no_check, replace("raise ValueError", "print"))

warns_instead = same_as(no_check, replace("raise ValueError", "warnings.warn"))

clamps = wrong(
    "an optimizer that makes 0 of negative values",
    "A silent correction hides the caller's mistake: nothing would move, and nobody would know why. Say it with an error.",
    body("""
        super(SGD, self).__init__(
            params, {"lr": max(lr, 0.0), "momentum": max(momentum, 0.0), "weight_decay": max(weight_decay, 0.0)}
        )
    """),
)

absolute = wrong(
    "an optimizer that drops the sign of negative values",
    "A silent correction hides the caller's mistake. Say it with an error.",
    body(
        'super(SGD, self).__init__(params, {"lr": abs(lr), "momentum": abs(momentum), "weight_decay": abs(weight_decay)})'
    ),
)

gives_up_silently = wrong(
    "an optimizer that stops being made where a value is negative",
    "`return` leaves a half-made object behind, which fails much later and elsewhere. An error says at once what is wrong.",
    body("""
        if lr < 0 or momentum < 0 or weight_decay < 0:
            return
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

asserts = wrong(
    "an optimizer that uses assert for its arguments",
    "assert is for what can never be wrong in one's own code, and is left out when Python runs with -O. Callers expect ValueError.",
    body("""
        assert lr >= 0, f"lr must be 0 or more, got {lr}"
        assert momentum >= 0, f"momentum must be 0 or more, got {momentum}"
        assert weight_decay >= 0, f"weight_decay must be 0 or more, got {weight_decay}"
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

type_error = wrong(
    "an optimizer that raises TypeError for negative values",
    "The type is right, the value is not: callers expect ValueError.",
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise TypeError(f"{name} must be 0 or more, got {value}")',
    ),
)

runtime_error = wrong(
    "an optimizer that raises RuntimeError for negative values",
    "Callers expect ValueError where an argument has the right type and a wrong value.",
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise RuntimeError(f"{name} must be 0 or more, got {value}")',
    ),
)

plain_exception = wrong(
    "an optimizer that raises a bare Exception for negative values",
    "Who wants to catch it has to catch everything. Callers expect ValueError.",
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise Exception(f"{name} must be 0 or more, got {value}")',
    ),
)

no_names = wrong(
    "an optimizer whose messages do not name the argument",
    "There are three numbers: the message must say which one it is about.",
    replace(
        'for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        "for value in (lr, momentum, weight_decay):",
    ),
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise ValueError(f"value must be 0 or more, got {value}")',
    ),
)

no_values = wrong(
    "an optimizer whose messages do not tell the value",
    "The value often comes from elsewhere, a file or a search: the message must say what it was.",
    replace('ValueError(f"{name} must be 0 or more, got {value}")', 'ValueError(f"{name} must be 0 or more")'),
)

braces_without_f = same_as(
    no_values,
    replace(
        'raise ValueError(f"{name} must be 0 or more, got {value}")',
        'raise ValueError(name + " must be 0 or more, got {value}")',
    ),
)

no_text = wrong(
    "an optimizer whose error says nothing",
    "The message should say which argument is wrong, and what it was.",
    replace('ValueError(f"{name} must be 0 or more, got {value}")', "ValueError"),
)

always_lr = wrong(
    "an optimizer whose messages always speak of lr",
    "A message that names the wrong argument is worse than none. Was a line copied?",
    body("""
        if lr < 0:
            raise ValueError(f"lr must be 0 or more, got {lr}")
        if momentum < 0:
            raise ValueError(f"lr must be 0 or more, got {momentum}")
        if weight_decay < 0:
            raise ValueError(f"lr must be 0 or more, got {weight_decay}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

always_value_of_lr = wrong(
    "an optimizer whose messages always tell the value of lr",
    "A message that tells another value than the wrong one is worse than none. Was a line copied?",
    body("""
        if lr < 0:
            raise ValueError(f"lr must be 0 or more, got {lr}")
        if momentum < 0:
            raise ValueError(f"momentum must be 0 or more, got {lr}")
        if weight_decay < 0:
            raise ValueError(f"weight_decay must be 0 or more, got {lr}")
        super(SGD, self).__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
    """),
)

refuses_zero_lr = wrong(
    "an optimizer that refuses a learning rate of 0",
    "0 is allowed: a schedule may begin or end there.",
    replace(
        'for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):',
        """
        if lr <= 0:
            raise ValueError(f"lr must be more than 0, got {lr}")
        for name, value in (("momentum", momentum), ("weight_decay", weight_decay)):
    """,
    ),
)

refuses_zeros = wrong(
    "an optimizer that refuses 0",
    "0 is allowed for each of the three: it is what momentum and weight decay are by default.",
    replace("value < 0:", "value <= 0:"),
)

falsy = same_as(refuses_zeros, replace("if value <", "if not value or value <"))

refuses_large = wrong(
    "an optimizer that refuses values above 1",
    "No upper bound is asked for: a learning rate may be larger than 1.",
    replace("value < 0:", "value < 0 or value > 1:"),
)

refuses_momentum_of_one = wrong(
    "an optimizer that refuses a momentum of 1 or more",
    "No upper bound is asked for.",
    insert(
        """
        if momentum >= 1:
            raise ValueError(f"momentum must be below 1, got {momentum}")
    """,
        after='for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))',
    ),
)

refuses_positive = wrong(
    "an optimizer that refuses positive values",
    "The comparison is the wrong way round: negative values are to be refused.",
    replace("value < 0", "value > 0"),
)

tolerates_small_negative = wrong(
    "an optimizer that accepts small negative values",
    "The bound is 0 itself: -0.001 goes uphill too, only more slowly.",
    replace("value < 0:", "value < -0.1:"),
)
