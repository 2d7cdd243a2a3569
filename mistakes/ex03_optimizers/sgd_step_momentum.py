"""Lesson 3, SGD.step: wrong answers about momentum, about what is left out, and about closures."""

import torch

from kata.authoring import body, drop, exercise, insert, replace, same_as, wrong

exercise("SGD.step")

no_momentum = wrong(
    "an optimizer without momentum",
    "The buffer remembers the steps before; without it every step is on its own. Is it kept, and looked up again in the next step?",
    drop('if group["momentum"] != 0'),
)

buffer_not_kept = same_as(
    no_momentum,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        buffer = torch.zeros_like(parameter)
        buffer = group["momentum"] * buffer + slope
        slope = buffer
    """,
    ),
)

buffer_made_anew = same_as(
    no_momentum,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        self.state[parameter]["buffer"] = torch.zeros_like(parameter)
        self.state[parameter]["buffer"].mul_(group["momentum"]).add_(slope)
        slope = self.state[parameter]["buffer"]
    """,
    ),
)

buffer_not_used = same_as(no_momentum, replace("slope = state", "state"))

buffer_stays_first = wrong(
    "an optimizer whose buffer stays what it was at first",
    "The new buffer must be kept, not only used: a name for it is gone when the loop goes on.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope.clone()
        else:
            slope = group["momentum"] * state["buffer"] + slope
    """,
    ),
)

buffer_is_last_slope = wrong(
    "an optimizer whose buffer is only the slope of the step before",
    "The buffer is built up from all steps before: what is kept must be the new buffer.",
    replace(
        """
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        """,
        """
        last = state.get("buffer", 0.0)
        state["buffer"] = slope
        slope = slope + group["momentum"] * last
        """,
    ),
)

ema = wrong(
    "an optimizer that takes an average of old buffer and new slope",
    "With 1 - momentum before the slope (called dampening) every step is shorter. Here the whole slope comes to the buffer.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state',
        'slope = state["buffer"] = (1 - group["momentum"]) * slope + group["momentum"] * state',
    ),
)

ema_after_first = wrong(
    "an optimizer that, after its first step, takes an average of old buffer and new slope",
    "With 1 - momentum before the slope (called dampening) every step is shorter. Here the whole slope comes to the buffer.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" in state:
            slope = (1 - group["momentum"]) * slope + group["momentum"] * state["buffer"]
        state["buffer"] = slope
    """,
    ),
)

ema_swapped = wrong(
    "an optimizer that takes an average with the weights exchanged",
    "The old buffer is multiplied with momentum, and the slope is added as it is.",
    replace('slope + group["momentum"]', 'group["momentum"] * slope + (1 - group["momentum"])'),
)

momentum_on_slope = wrong(
    "an optimizer that multiplies the slope with momentum instead of the buffer",
    "momentum says how much of the old buffer goes on; the new slope comes to it in full.",
    replace('slope + group["momentum"] *', 'group["momentum"] * slope +'),
)

momentum_on_both = wrong(
    "an optimizer that multiplies old buffer and new slope with momentum",
    "momentum says how much of the old buffer goes on; the new slope comes to it in full.",
    replace(
        'state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        'state["buffer"] = group["momentum"] * (slope + state.get("buffer", 0.0))',
    ),
)

momentum_as_one = wrong(
    "an optimizer whose old buffer goes on in full",
    "momentum says how much of the old buffer goes on; without it, old slopes would count for ever.",
    replace(
        'state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        'state["buffer"] = slope + state.get("buffer", 0.0)',
    ),
)

momentum_of_0_9 = wrong(
    "an optimizer with a momentum of its own",
    "How much of the old buffer goes on is a setting of the group.",
    replace('slope + group["momentum"] * state', "slope + 0.9 * state"),
)

momentum_squared = wrong(
    "an optimizer that multiplies the buffer with momentum twice",
    "The old buffer is multiplied with momentum once in a step.",
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)',
        'slope + group["momentum"] * group["momentum"] * state.get("buffer", 0.0)',
    ),
)

first_with_momentum = wrong(
    "an optimizer that multiplies its first slope with momentum",
    "The first buffer is the slope itself.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = group["momentum"] * slope
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + slope
        slope = state["buffer"]
    """,
    ),
)

first_counted_twice = wrong(
    "an optimizer whose first buffer gets its slope twice",
    "The first buffer is the slope itself: either it starts there, or it starts at zero and the slope is added.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope.clone()
        slope = state["buffer"] = group["momentum"] * state["buffer"] + slope
    """,
    ),
)

first_is_zero = wrong(
    "an optimizer whose first step with momentum moves nothing",
    "The first buffer is the slope, not zero.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(parameter)
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + slope
        slope = state["buffer"]
    """,
    ),
)

old_buffer_used = wrong(
    "an optimizer that moves by the old buffer",
    "The new buffer is what the weight moves by: make it first, then move.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        old = state.get("buffer", torch.zeros_like(parameter))
        state["buffer"] = group["momentum"] * old + slope
        slope = old
    """,
    ),
)

nesterov = wrong(
    "an optimizer that looks one step ahead, as Nesterov's momentum does",
    "Here the weight moves by the buffer itself, not by slope and buffer together.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        buffer = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        slope = slope + group["momentum"] * buffer
    """,
    ),
)

slope_and_buffer = wrong(
    "an optimizer that moves by slope and buffer together",
    "The slope is in the new buffer already.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        buffer = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        slope = slope + buffer
    """,
    ),
)

buffer_times_momentum = wrong(
    "an optimizer that multiplies the new buffer with momentum before it moves",
    "The weight moves by the learning rate times the new buffer.",
    insert(
        'slope = group["momentum"] * slope',
        after='slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
    ),
)

momentum_minus = wrong(
    "an optimizer whose buffer goes against the slope",
    "Old buffer and slope point the same way: they are added.",
    replace("slope + group", "slope - group"),
)

buffer_minus_slope = wrong(
    "an optimizer that takes the slope off the buffer",
    "Where the step goes against the buffer, old buffer and slope must be added.",
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)', 'group["momentum"] * state.get("buffer", 0.0) - slope'
    ),
)

lr_in_buffer = wrong(
    "an optimizer with the learning rate inside its buffer",
    "As long as lr stays the same nothing shows; where it changes, the old steps go on with the old rate. Here lr is multiplied when the weight moves.",
    body("""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad + group["weight_decay"] * parameter
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = group["lr"] * slope + group["momentum"] * state.get("buffer", 0.0)
                        parameter.sub_(slope)
                    else:
                        parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

velocity = same_as(
    lr_in_buffer,
    replace(
        """
        if group["momentum"] != 0:
            state = self.state[parameter]
            slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        parameter.sub_(group["lr"] * slope)
    """,
        """
        state = self.state[parameter]
        state["velocity"] = group["momentum"] * state.get("velocity", 0.0) - group["lr"] * slope
        parameter.add_(state["velocity"])
    """,
    ),
)

lr_in_buffer_twice = wrong(
    "an optimizer with the learning rate inside its buffer, and once more before it",
    "The learning rate comes in once, when the weight moves.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state',
        'slope = state["buffer"] = group["lr"] * slope + group["momentum"] * state',
    ),
)

lr_on_momentum = wrong(
    "an optimizer that multiplies the old buffer with the learning rate",
    "The old buffer goes on with momentum, and the learning rate comes in when the weight moves.",
    replace('slope + group["momentum"] * state', 'slope + group["lr"] * group["momentum"] * state'),
)

weights_as_buffer = wrong(
    "an optimizer that begins with the weights as buffer",
    "The first buffer is the slope.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = parameter.detach().clone()
        slope = state["buffer"] = group["momentum"] * state["buffer"] + slope
    """,
    ),
)

ones_as_buffer = wrong(
    "an optimizer that begins with ones as buffer",
    "The first buffer is the slope.",
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)',
        'group["momentum"] * state.get("buffer", torch.ones_like(parameter)) + slope',
    ),
)

momentum_without_gradient = wrong(
    "an optimizer that goes on moving where the gradient is None",
    "Neither a parameter without gradient nor its buffer changes: it took no part in this step.",
    replace("is None:", 'is None and "buffer" not in self.state[parameter]:'),
    replace(
        "slope = parameter.grad + group",
        "slope = (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad) + group",
    ),
)

none_as_zero = wrong(
    "an optimizer that takes a missing gradient for zero",
    "None says that the parameter took no part: neither weight decay nor momentum may move it.",
    replace(
        """
        if parameter.grad is None:
            continue
        slope = parameter.grad + group["weight_decay"] * parameter
    """,
        'slope = (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad) + group["weight_decay"] * parameter',
    ),
)

decays_without_gradient = wrong(
    "an optimizer whose weight decay moves parameters without gradient",
    "None says that the parameter took no part: weight decay leaves it alone too.",
    insert('parameter.sub_(group["lr"] * group["weight_decay"] * parameter)', after="if parameter.grad is None:"),
)

forgets_at_none = wrong(
    "an optimizer that drops the buffer where the gradient is None",
    "A parameter without gradient is left alone, and its buffer too: it goes on where it was.",
    insert('self.state[parameter].pop("buffer", None)', after="if parameter.grad is None:"),
)

crashes_at_none = wrong(
    "an optimizer that counts on every gradient to be there",
    "A parameter that took no part, or is frozen, has None for its gradient: it is to be left out.",
    drop("if parameter.grad is None:"),
)

late_gradient = wrong(
    "an optimizer that makes buffers in its first step only",
    "A parameter may get its first gradient later, and a group may be added: whether a buffer is there must be asked of each parameter, each time.",
    insert("first = len(self.state) == 0", after="with torch.no_grad():"),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if first:
            state["buffer"] = torch.zeros_like(parameter)
        slope = state["buffer"] = slope + group["momentum"] * state["buffer"]
    """,
    ),
)

late_gradient_by_flag = same_as(
    late_gradient,
    insert(
        """
        first = not getattr(self, "begun", False)
        self.begun = True
    """,
        after="with torch.no_grad():",
    ),
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        if first:
            self.state[parameter]["buffer"] = slope
        else:
            slope = self.state[parameter]["buffer"] = slope + group["momentum"] * self.state[parameter]["buffer"]
    """,
    ),
)

late_gradient_ignored = wrong(
    "an optimizer that lets parameters without a buffer stand still after its first step",
    "A parameter may get its first gradient later: its buffer is made then, and it moves.",
    insert("first = len(self.state) == 0", after="with torch.no_grad():"),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if first:
            state["buffer"] = slope
        elif "buffer" in state:
            slope = state["buffer"] = slope + group["momentum"] * state["buffer"]
        else:
            continue
    """,
    ),
)

by_shape = wrong(
    "an optimizer that keeps one buffer for each shape",
    "Two parameters of one shape would share a buffer: it belongs to the parameter.",
    replace("self.state[parameter]", "self.state[tuple(parameter.shape)]"),
)

by_shape_in_place = same_as(
    by_shape,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        state = self.state[tuple(parameter.shape)]
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(parameter)
        slope = state["buffer"].mul_(group["momentum"]).add_(slope)
    """,
    ),
)

one_buffer = wrong(
    "an optimizer that keeps one buffer for all its parameters",
    "Every parameter goes its own way: the buffer belongs to the parameter.",
    replace("state = self.state[parameter]", 'slope = slope + group["momentum"] * self.state.get("buffer", 0.0)'),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)', 'self.state["buffer"] = slope'
    ),
)

one_buffer_attribute = same_as(
    one_buffer,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        'slope = self.buffer = slope + group["momentum"] * getattr(self, "buffer", 0.0)',
    ),
)

group_buffer = same_as(
    one_buffer,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        'slope = group["buffer"] = slope + group["momentum"] * group.get("buffer", 0.0)',
    ),
)

buffers_in_dict = wrong(
    "an optimizer whose buffers are lost when it is saved and loaded",
    "Only what is in self.state is part of state_dict: an attribute of one's own stays behind, and training goes on without momentum.",
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        """
        if not hasattr(self, "buffers"):
            self.buffers = {}
        slope = self.buffers[parameter] = slope + group["momentum"] * self.buffers.get(parameter, 0.0)
    """,
    ),
)

buffer_on_parameter = same_as(
    buffers_in_dict,
    replace(
        """
        state = self.state[parameter]
        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
    """,
        'slope = parameter.momentum_buffer = slope + group["momentum"] * getattr(parameter, "momentum_buffer", 0.0)',
    ),
)

buffers_by_id = same_as(
    buffers_in_dict,
    replace("state = self.state[parameter]", 'buffers = self.state["buffers"]'),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        'slope = buffers[id(parameter)] = slope + group["momentum"] * buffers.get(id(parameter), 0.0)',
    ),
)

by_place = wrong(
    "an optimizer that finds its buffers by counting gradients",
    "Where one gradient is missing, all places behind it shift: the buffer belongs to the parameter.",
    insert("count = 0", after="with torch.no_grad():"),
    replace("self.state[parameter]", "self.state[count]"),
    insert("count += 1", after='slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)'),
)

alias = wrong(
    "an optimizer whose buffer is the gradient itself",
    "The first buffer must be a copy: as the very same tensor it changes whenever the gradient does, and the gradient with it.",
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        slope = parameter.grad
        if group["weight_decay"]:
            slope = slope + group["weight_decay"] * parameter
    """,
    ),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope
        else:
            state["buffer"].mul_(group["momentum"]).add_(slope)
        slope = state["buffer"]
    """,
    ),
)

alias_detached = same_as(
    alias,
    replace(
        'slope = parameter.grad + group["weight_decay"]',
        'slope = parameter.grad.detach() if not group["weight_decay"] else parameter.grad + group["weight_decay"]',
    ),
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope
        else:
            state["buffer"].mul_(group["momentum"]).add_(slope)
        slope = state["buffer"]
    """,
    ),
)

alias_not_in_place = wrong(
    "an optimizer whose first buffer shares its memory with the gradient",
    "Gradients may be overwritten in their place before the next step: the first buffer must be a copy.",
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        slope = parameter.grad
        if group["weight_decay"]:
            slope = slope + group["weight_decay"] * parameter
    """,
    ),
    replace(
        'slope + group["momentum"] * state.get("buffer", 0.0)',
        'group["momentum"] * state["buffer"] + slope if "buffer" in state else slope',
    ),
)

freezes_moved = wrong(
    "an optimizer that freezes what it has moved",
    "Parameters must go on taking gradients: the next backward needs them.",
    insert("parameter.requires_grad_(False)", after='parameter.sub_(group["lr"] * slope)'),
)

detaches = wrong(
    "an optimizer that sets the settings of its groups to other values in its step",
    "The settings are the caller's: schedules are parts of their own.",
    insert(
        """
        for group in self.param_groups:
            group["lr"] *= 0.99
    """,
        after="for group in self.param_groups",
    ),
)

draws_random = wrong(
    "an optimizer that draws random numbers",
    "The randomness of stochastic gradient descent is in the batches: the step itself draws nothing.",
    insert("torch.rand(1)", after='parameter.sub_(group["lr"] * slope)'),
)

noisy = same_as(
    draws_random,
    replace(
        'parameter.sub_(group["lr"] * slope)',
        'parameter.sub_(group["lr"] * slope + 1e-3 * torch.randn_like(parameter))',
    ),
)

half_precision_buffer = wrong(
    "an optimizer whose buffers lose the digits of float64",
    "Buffers have the dtype of their parameter: torch.zeros_like gives it, torch.zeros does not.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = torch.zeros(parameter.shape)
        slope = state["buffer"].mul_(group["momentum"]).add_(slope)
    """,
    ),
)

computes_in_float = same_as(
    half_precision_buffer,
    replace(
        'parameter.grad + group["weight_decay"] * parameter',
        '(parameter.grad + group["weight_decay"] * parameter).float()',
    ),
)

closure_ignored = wrong(
    "an optimizer that never calls its closure",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    drop("loss = None"),
    drop("if closure is not None:"),
    replace("return loss", "return None"),
)

closure_returned = wrong(
    "an optimizer that returns its closure instead of calling it",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    drop("loss = None"),
    drop("if closure is not None:"),
    replace("return loss", "return closure"),
)

closure_without_graph = wrong(
    "an optimizer that calls its closure where nothing is recorded",
    "Under no_grad the closure's loss has no graph, and its backward fails: switch the recording on for it.",
    drop("loss = None"),
    drop("if closure is not None:"),
    insert("loss = closure() if closure is not None else None", after="with torch.no_grad():"),
)

closure_twice = wrong(
    "an optimizer that calls its closure twice",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    insert("closure()", after="with torch.enable_grad():"),
)

closure_after = wrong(
    "an optimizer that calls its closure after it has moved",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    replace("loss = closure()", "pass"),
    insert(
        """
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        """,
        before="return loss",
    ),
)

closure_before_and_after = wrong(
    "an optimizer that calls its closure before and after it moves",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    insert(
        """
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        """,
        before="return loss",
    ),
)

closure_result_dropped = wrong(
    "an optimizer that does not return the closure's loss",
    "A function without `return` gives back None; the caller who passed a closure wants to see its loss.",
    replace("return loss", "return None"),
)

returns_zero = wrong(
    "an optimizer that returns a number without a closure",
    "Without a closure no loss is known here: None says so.",
    replace("return loss", "return 0.0 if loss is None else loss"),
)

returns_self = wrong(
    "an optimizer that returns itself",
    "Without a closure, None is returned.",
    replace("return loss", "return self if loss is None else loss"),
)

returns_parameters = wrong(
    "an optimizer that returns its groups",
    "Without a closure, None is returned; the parameters have changed in place.",
    replace("return loss", "return self.param_groups if loss is None else loss"),
)

closure_item = wrong(
    "an optimizer that asks the closure's loss for its item",
    "A closure may return a Python float: return what it gives as it is.",
    replace("loss = closure()", "loss = closure().item()"),
)

closure_backward = wrong(
    "an optimizer that calls backward on the closure's loss",
    "The closure has computed the gradients already: its loss is only to be returned.",
    insert("loss.backward()", after="loss = closure()"),
)

closure_needed = wrong(
    "an optimizer that cannot step without a closure",
    "Mostly there is none: the gradients are there already.",
    body("""
        with torch.no_grad():
            with torch.enable_grad():
                loss = closure()
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is None:
                        continue
                    slope = parameter.grad + group["weight_decay"] * parameter
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
                    parameter.sub_(group["lr"] * slope)
            return loss
    """),
)

closure_or_step = wrong(
    "an optimizer that does not move where it has a closure",
    "A closure only computes loss and gradients again: the update comes after it all the same.",
    insert("return loss", after="with torch.enable_grad()"),
)

zero_grad_after_closure = wrong(
    "an optimizer that clears the gradients which its closure has computed",
    "The closure sees to its gradients itself; cleared after it, nothing is left to follow.",
    insert(
        """
        if closure is not None:
            self.zero_grad()
    """,
        after="with torch.no_grad():",
    ),
)

closure_changed_sign = wrong(
    "an optimizer that returns another number than the closure's loss",
    "A closure computes loss and gradients again: it must run once, before anything moves, and its loss is what step returns.",
    replace("return loss", "return None if loss is None else 2 * loss"),
)
