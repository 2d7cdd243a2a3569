"""Lesson 3, optimizer_step: wrong answers about what else is changed."""

import copy

import torch
from torch import nn

from kata.authoring import exercise, insert, replace, wrong

exercise("optimizer_step")

in_train_mode = wrong(
    "one that switches the network to train mode",
    "In which mode the network learns is for the caller to say.",
    insert("net.train()", before="optimizer.zero_grad()"),
)

leaves_eval_mode = wrong(
    "one that leaves the network in eval mode",
    "In which mode the network is, is for the caller to say.",
    insert("net.eval()", after="optimizer.step()"),
)

runs_in_eval_mode = wrong(
    "one that runs the network in eval mode",
    "In which mode the network learns is for the caller to say.",
    insert(
        """
        mode = net.training
        net.eval()
    """,
        before="optimizer.zero_grad()",
    ),
    insert("net.train(mode)", after="optimizer.step()"),
)

clips = wrong(
    "one that clips the gradients",
    "Gradients are used as they are here; clipping is a decision for the caller.",
    insert("nn.utils.clip_grad_norm_(net.parameters(), 0.1)", after="loss.backward()"),
)

empties_state = wrong(
    "one that lets the optimizer forget the steps before",
    "Momentum and Adam live on what they remember in optimizer.state: it must last from one step to the next.",
    insert("optimizer.state.clear()", before="optimizer.zero_grad()"),
)

copy_learns = wrong(
    "one that learns on a copy of the network",
    "The optimizer holds the parameters of the network itself: the gradients of a copy never reach it.",
    insert("other = copy.deepcopy(net)", before="optimizer.zero_grad()"),
    replace("loss = criterion(net(x), target)", "loss = criterion(other(x), target)"),
)

decays_rate = wrong(
    "one that changes the optimizer's learning rate",
    "The settings of the optimizer are the caller's: a schedule is a part of its own.",
    insert(
        """
        for group in optimizer.param_groups:
            group["lr"] *= 0.99
    """,
        after="optimizer.step()",
    ),
)

takes_all_parameters = wrong(
    "one that gives the optimizer all of the network's parameters",
    "Which parameters move is for the caller to say, who made the optimizer.",
    insert(
        """
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        others = [p for p in net.parameters() if id(p) not in held]
        if others:
            optimizer.add_param_group({"params": others})
    """,
        before="optimizer.zero_grad()",
    ),
)

unfreezes = wrong(
    "one that lets all parameters take gradients",
    "The caller froze the parameter on purpose: requires_grad stays as it is.",
    insert(
        """
        for p in net.parameters():
            p.requires_grad_(True)
    """,
        before="optimizer.zero_grad()",
    ),
)

freezes = wrong(
    "one that freezes the network",
    "Parameters must go on taking gradients: the next step needs them.",
    insert("net.requires_grad_(False)", after="optimizer.step()"),
)

input_takes_gradients = wrong(
    "one that lets the input take gradients",
    "x is the caller's, and learns nothing: the parameters take gradients already.",
    replace("criterion(net(x), target)", "criterion(net(x.requires_grad_()), target)"),
)

normalises = wrong(
    "one that scales the input first",
    "The network gets x as it is: preparing it is the business of the data's owner.",
    replace("net(x),", "net((x - x.mean()) / x.std()),"),
)

normalises_in_place = wrong(
    "one that changes the input in its place",
    "x is the caller's, and is needed again in the next epoch.",
    insert("x.sub_(x.mean())", after="optimizer.zero_grad()"),
)

seeded_step = wrong(
    "one that sets a seed or draws random numbers",
    "The step itself is not random, and seeds are the caller's business.",
    insert(
        """
        torch.manual_seed(0)
        torch.rand(1)
    """,
        before="optimizer.zero_grad()",
    ),
)

in_float32 = wrong(
    "one that turns the network into float32",
    "The network stays in its own dtype, and so do input and target.",
    insert("net.float()", before="optimizer.zero_grad()"),
    replace(
        "loss = criterion(net(x), target)",
        """
        wanted = target.float() if target.is_floating_point() else target
        loss = criterion(net(x.float()), wanted)
    """,
    ),
)
