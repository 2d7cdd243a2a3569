"""Lesson 5, fit: how it is observed, and the bank of its wrong answers."""

import functools
from typing import Any

import torch
from torch import nn

from kata.authoring import (
    STEPS,
    ForwardSpy,
    Observation,
    RecordingLoader,
    batches,
    body,
    drop,
    exercise,
    insert,
    labelled,
    observes,
    pretend_accelerator,
    replace,
    same_as,
    with_modes,
    wrong,
)
from mistakes.ex05_training_loop.shared import outcome, plain, small, step, weights
from solutions.ex05_training_loop import History


@observes("fit", "Your fit does what {} does.")
def observe_fit(lesson: Any, see: Observation) -> None:
    log: list[str] = []
    net, state, seed = small(), torch.get_rng_state(), torch.initial_seed()
    given = lesson.fit(
        net, RecordingLoader("train", log, batches(4)), RecordingLoader("test", log, batches(3, seed=7)), 2, 0.02, "cpu"
    )
    see("the random state after fit", [torch.equal(state, torch.get_rng_state()), seed == torch.initial_seed()])
    see("the order in which the loaders are iterated in two epochs", log)
    see("what is returned", type(given).__name__)
    see("the lengths of the two lists", [len(given.train_loss), len(given.test)])
    see("what the two lists hold", [type(one).__name__ for one in (*given.train_loss, *given.test)])
    net = small()
    objects = list(map(id, net.parameters()))
    for epochs in (1, 3):
        net = small()
        objects = list(map(id, net.parameters()))
        given = lesson.fit(net, batches(4, 2), batches(3, 2, seed=7), epochs, 0.02, "cpu")
        see.amounts(f"the weights after {epochs} epochs", STEPS, weights(small()), weights(net))
        see(f"the losses of training in {epochs} epochs", [plain(loss) for loss in given.train_loss])
        see(f"the losses of the test in {epochs} epochs", [plain(one.loss) for one in given.test])
        see(f"the confusion matrices of {epochs} epochs", [one.confusion for one in given.test])
    see("whether the parameters are the same objects", objects == list(map(id, net.parameters())))
    see_odd_fits(lesson, see)


def see_odd_fits(lesson: Any, see: Observation) -> None:
    """Observe a test that gets worse, no epochs, negative epochs, dropout, and another device."""
    net, images = small(), labelled(40)[0]
    test = [(images, net(images).argmax(dim=1))]
    given = lesson.fit(net, batches(6, 6), test, 4, 0.02, "cpu")
    see("how many epochs there are where the test gets worse", [len(given.train_loss), len(given.test)])
    see.amounts("the weights where the test gets worse", STEPS, weights(small()), weights(net))
    net = small()
    given = lesson.fit(net, batches(4), batches(3), 0, 0.02, "cpu")
    see("what is returned for no epochs", type(given).__name__)
    see("the lengths of the lists for no epochs", [len(given.train_loss), len(given.test)])
    see.amounts("the weights after no epochs", STEPS, weights(small()), weights(net))
    try:
        told = f"a {type(lesson.fit(small(), batches(4), batches(3), -3, 0.02, 'cpu')).__name__}"
    except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
        missing = [part for part in ("-3", "epochs") if part not in str(error)]
        told = f"a {type(error).__name__} whose message " + (
            f"lacks {' and '.join(missing)}" if missing else "names both"
        )
    see("what epochs=-3 gives", told)
    net = with_modes().eval()
    torch.default_generator.manual_seed(2)
    lesson.fit(net, batches(5, 4), batches(3), 2, 0.02, "cpu")
    see.amounts("the weights of a network with dropout", STEPS, weights(with_modes()), weights(net))
    see("the buffers of a network with dropout", list(net.buffers()))
    lengths = [len(lesson.fit(small(), batches(2), batches(2), 1, 0.02, "cpu").test) for _ in range(2)]
    see("the lengths of the histories of two calls", lengths)
    for asked in ("cuda", "cpu"):
        probe = ForwardSpy(nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)))
        with pretend_accelerator():
            outcome(lambda: lesson.fit(probe, batches(4), batches(3), 1, 0.1, asked))
            devices = sorted({p.device.type for p in probe.parameters()})
        see(f"the devices of the parameters after fit on {asked}", devices)
        see(f"the device on which images reach the network in fit on {asked}", probe.devices[:1])


# fit


def images_of(net: Any, loader: Any, optimizer: Any, device: Any, losses: Any) -> None:
    """Train without train mode."""
    total, count = 0.0, 0
    for images, labels in loader:
        total += step(net, images.to(device), labels.to(device), optimizer).item() * len(images)
        count += len(images)
    losses.append(total / count)


@functools.cache
def shared_history() -> Any:
    """Return one and the same history every time."""
    return History()


exercise("fit")

optimizer_in_loop = wrong(
    "one that makes a new optimizer in each epoch",
    "A new optimizer has forgotten all momentum. What must last through the run is made once.",
    drop("optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)"),
    insert(
        "optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)", after="for _ in range(epochs):"
    ),
)

no_momentum = wrong(
    "one without momentum",
    "The docstring asks for a momentum of 0.9.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=learning_rate)",
    ),
)

rate_and_momentum_swapped = wrong(
    "one that swaps learning rate and momentum",
    "The caller's number is the learning rate; the momentum is 0.9.",
    replace("learning_rate, momentum=0.9", "0.9, momentum=learning_rate"),
)

nesterov = wrong(
    "one with Nesterov's momentum",
    "It looks ahead by one step. Plain momentum is asked for.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, nesterov=True)",
    ),
)

weight_decay = wrong(
    "one with weight decay",
    "Nobody asked for smaller weights here: momentum and learning rate are all.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9, weight_decay=0.01)",
    ),
)

with_adam = wrong(
    "one that learns with Adam",
    "Adam has a step length of its own for each weight. torch.optim.SGD with momentum is asked for.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.Adam(net.parameters(), lr=learning_rate)",
    ),
)

own_rate = wrong(
    "one with a learning rate of its own",
    "How far to go is for the caller to say: pass the argument on.",
    replace(
        "torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)",
        "torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)",
    ),
)

decays_rate = wrong(
    "one that lowers the learning rate from epoch to epoch",
    "The docstring says: the same in all epochs.",
    insert('optimizer.param_groups[0]["lr"] *= 0.5', after="history.test.append(evaluate(net, test_loader, device))"),
)

evaluates_first = wrong(
    "one that evaluates before it trains",
    "What is measured then is the epoch before. First learn, then look.",
    body("""
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, and is {epochs}")
        net.to(device)
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
        history = History()
        for _ in range(epochs):
            history.test.append(evaluate(net, test_loader, device))
            history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        return history
    """),
)

evaluates_on_train = wrong(
    "one that evaluates on what it learned from",
    "Images that the network learned from flatter it. The test loader is for measuring.",
    replace("net, test_loader, device", "net, train_loader, device"),
)

trains_on_test = wrong(
    "one that trains on the test images",
    "Then nothing is left to measure with. Learn from the train loader.",
    replace("net, train_loader, optimizer", "net, test_loader, optimizer"),
)

trains_on_both = wrong(
    "one that trains on the test images, too",
    "Then nothing is left to measure with.",
    insert(
        "train_one_epoch(net, test_loader, optimizer, device)",
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

loaders_swapped = wrong(
    "one that swaps the two loaders",
    "Learn from the train loader, measure on the test loader.",
    replace("net, train_loader, optimizer", "net, test_loader, optimizer"),
    replace("net, test_loader, device", "net, train_loader, device"),
)

one_epoch_more = wrong(
    "one with an epoch too many",
    "epochs says how many there are: range(epochs) has that many.",
    replace("range(epochs):", "range(epochs + 1):"),
)

one_epoch_less = wrong(
    "one with an epoch too few",
    "range(1, epochs) leaves the last one out.",
    replace("range(epochs)", "range(1, epochs)"),
)

one_epoch_only = wrong(
    "one that stops after the first epoch",
    "Is the return inside the loop?",
    insert("return history", after="history.test.append(evaluate(net, test_loader, device))"),
)

history_of_last = wrong(
    "one whose history holds the last epoch only",
    "One entry per epoch is promised: make the history before the loop.",
    insert("history = History()", after="for _ in range(epochs):"),
)

evaluates_at_the_end = wrong(
    "one that evaluates only after the last epoch",
    "One evaluation per epoch is promised: only so can one see when the network stops getting better.",
    body("""
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, and is {epochs}")
        net.to(device)
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
        history = History()
        for _ in range(epochs):
            history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
        return history
    """),
)

no_evaluation = wrong(
    "one that never evaluates",
    "One evaluation per epoch is promised.",
    drop("history.test.append(evaluate(net, test_loader, device))"),
)

no_train_loss = wrong(
    "one that does not keep the losses of training",
    "One entry per epoch in each list is promised.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        "train_one_epoch(net, train_loader, optimizer, device)",
    ),
)

accuracies_only = wrong(
    "one whose history holds accuracies instead of evaluations",
    "Keep what evaluate returned, whole.",
    replace("history = History", "history: Any = History"),
    replace(
        "history.test.append(evaluate(net, test_loader, device))",
        "history.test.append(evaluate(net, test_loader, device).accuracy)",
    ),
)

losses_of_test = wrong(
    "one whose train_loss holds the losses of the test",
    "train_loss keeps what train_one_epoch returned.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        "train_one_epoch(net, train_loader, optimizer, device)",
    ),
    insert(
        "history.train_loss.append(history.test[-1].loss)",
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

measures_on_train = wrong(
    "one whose train_loss is measured after the epoch",
    "train_loss keeps what train_one_epoch returned: the loss of each batch before its step. Another pass over the training images costs time, too.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        "train_one_epoch(net, train_loader, optimizer, device)",
    ),
    insert(
        "history.train_loss.append(evaluate(net, train_loader, device).loss)",
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

fit_returns_nothing = wrong(
    "one that returns nothing",
    "A function without `return` gives back None; the history is asked for.",
    drop("return history"),
)

fit_returns_net = wrong(
    "one that returns the network",
    "The network learns in place; the history is asked for.",
    replace("return history", "return net"),
)

fit_returns_tuple = wrong(
    "one that returns two lists",
    "A History is promised.",
    replace("return history", "return history.train_loss, history.test"),
)

fit_returns_list = wrong(
    "one that returns a list of evaluations", "A History is promised.", replace("return history", "return history.test")
)

trains_a_copy = wrong(
    "one that trains a copy",
    "The caller's network learns nothing. It learns in place.",
    replace("net.to", "net = copy.deepcopy(net).to"),
)

best_of_test = wrong(
    "one that keeps the weights with the best test",
    "Images that choose the weights are no test any more: the accuracy that is told is then too good. The last epoch's weights stay.",
    insert("best, kept = -1.0, copy.deepcopy(net.state_dict())", after="history = History()"),
    insert(
        """
        if history.test[-1].accuracy > best:
            best, kept = history.test[-1].accuracy, copy.deepcopy(net.state_dict())
        """,
        after="history.test.append",
    ),
    replace("return history", "if epochs:\n    net.load_state_dict(kept)\nreturn history"),
)

lowest_loss = same_as(
    best_of_test,
    insert("best, kept = float('inf'), copy.deepcopy(net.state_dict())", after="history = History()"),
    insert(
        """
        if history.test[-1].loss < best:
            best, kept = history.test[-1].loss, copy.deepcopy(net.state_dict())
        """,
        after="history.test.append",
    ),
    replace("return history", "if epochs:\n    net.load_state_dict(kept)\nreturn history"),
)

better_than_nothing = same_as(
    best_of_test,
    insert("best, kept = 0.0, None", after="history = History()"),
    insert(
        """
        if history.test[-1].accuracy > best:
            best, kept = history.test[-1].accuracy, copy.deepcopy(net.state_dict())
        """,
        after="history.test.append",
    ),
    replace("return history", "if kept is not None:\n    net.load_state_dict(kept)\nreturn history"),
)

stops_early = wrong(
    "one that stops where the test gets worse",
    "epochs says how many there are, and the test does not choose the weights.",
    insert(
        """
        if len(history.test) > 1 and history.test[-1].loss > history.test[-2].loss:
            break
    """,
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

stops_by_accuracy = same_as(
    stops_early,
    insert(
        """
        if len(history.test) > 1 and history.test[-1].accuracy < history.test[-2].accuracy:
            break
    """,
        after="history.test.append(evaluate(net, test_loader, device))",
    ),
)

accepts_negative = wrong(
    "one that takes negative epochs for none",
    "range(-3) is empty, and a mistake of the caller goes unnoticed: ValueError.",
    drop("if epochs < 0:"),
)

message_without_value = wrong(
    "one whose message for negative epochs does not name argument and value",
    "Who reads it must find the wrong call: name the argument and the value given.",
    replace('ValueError(f"epochs must be 0 or more, and is {epochs}")', 'ValueError("invalid argument")'),
)

message_with_name_only = wrong(
    "one whose message for negative epochs leaves out the value",
    "Name the argument and the value given.",
    replace('ValueError(f"epochs must be 0 or more, and is {epochs}")', 'ValueError("epochs must be 0 or more")'),
)

message_with_value_only = wrong(
    "one whose message for negative epochs leaves out the argument's name",
    "Name the argument and the value given.",
    replace("epochs must be 0 or more, and is {epochs}", "{epochs} is too small"),
)

asserts_epochs = wrong(
    "one that refuses negative epochs by another error than ValueError",
    "The docstring promises ValueError; assert vanishes under python -O.",
    replace(
        """
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    """,
        'assert epochs >= 0, f"epochs must be 0 or more, and is {epochs}"',
    ),
)

type_error_for_epochs = same_as(
    asserts_epochs,
    replace(
        'raise ValueError(f"epochs must be 0 or more, and is {epochs}")',
        'raise TypeError(f"epochs must be 0 or more, and is {epochs}")',
    ),
)

refuses_zero = wrong(
    "one that refuses 0 epochs",
    "0 is allowed: nothing is learned, and the history is empty.",
    replace("epochs < 0:", "epochs < 1:"),
)

evaluates_for_zero = wrong(
    "one that evaluates before the first epoch, too",
    "One entry per epoch is promised: none for no epochs.",
    insert("history.test.append(evaluate(net, test_loader, device))", after="history = History()"),
)

none_for_zero = wrong(
    "one that returns nothing for 0 epochs",
    "An empty History is promised.",
    insert(
        """
        if epochs == 0:
            return None
    """,
        after="if epochs < 0",
    ),
)

seeds_run = wrong(
    "one that sets a seed or draws random numbers",
    "Seeds are the caller's business: with one inside, every run is the same run.",
    insert(
        """
        torch.default_generator.manual_seed(0)
        torch.rand(1)
    """,
        after="if epochs < 0",
    ),
)

not_moved = wrong(
    "one that does not move the network",
    "The batches go to the device, and the network must be there, too.",
    drop("net.to(device)"),
)

moves_to_its_own = wrong(
    "one that chooses the device by itself",
    "Where to train is for the caller to say: use the argument.",
    insert('device = "cuda" if torch.cuda.is_available() else "cpu"', after="if epochs < 0"),
)

resets_weights = wrong(
    "one that starts from new weights",
    "The network may have learned before: it goes on from where it is.",
    insert(
        """
        for module in net.modules():
            if isinstance(module, nn.Linear):
                nn.init.constant_(module.weight, 0.01)
    """,
        after="net.to(device)",
    ),
)

stays_in_eval = wrong(
    "one that trains in eval mode after the first epoch",
    "Each epoch trains in train mode.",
    replace(
        "history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
        """
        was = net.training
        net.eval()
        images_of(net, train_loader, optimizer, device, history.train_loss)
        net.train(was)
    """,
    ),
)

last_layer_only = wrong(
    "one that trains the last layer only",
    "All parameters learn.",
    replace("net.parameters()", "list(net.parameters())[-2:]"),
)

shares_history = wrong(
    "one whose history goes on from the call before",
    "A default value is made once, when the function is defined: each call needs lists of its own.",
    replace("history = History()", "history = shared_history()"),
)

two_steps_per_epoch = wrong(
    "one that iterates the training images twice per epoch",
    "Once per epoch is promised.",
    insert(
        "train_one_epoch(net, train_loader, optimizer, device)",
        after="history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))",
    ),
)
