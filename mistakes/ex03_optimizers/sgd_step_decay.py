"""Lesson 3, SGD.step: wrong answers about weight decay, and about what becomes of gradients."""

import torch

from kata.authoring import body, exercise, insert, replace, same_as, wrong

exercise("SGD.step")

no_decay = wrong(
    "an optimizer without weight decay",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad"),
)

decay_without_momentum_only = wrong(
    "an optimizer whose weight decay is lost where there is momentum",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do. Both may be on at once.",
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
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                    else:
                        slope = parameter.grad + group["weight_decay"] * parameter
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

momentum_without_decay_only = wrong(
    "an optimizer whose momentum is lost where there is weight decay",
    "Both may be on at once: `elif` takes only one of them.",
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
                    if group["weight_decay"]:
                        slope = parameter.grad + group["weight_decay"] * parameter
                    elif group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                    else:
                        slope = parameter.grad
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

decoupled = wrong(
    "an optimizer whose weight decay goes past the buffer",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do. Beside the buffer it is another method, known from AdamW.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    replace(
        'parameter.sub_(group["lr"] * slope)',
        'parameter.sub_(group["lr"] * (slope + group["weight_decay"] * parameter))',
    ),
)

decoupled_first = same_as(
    decoupled,
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["lr"] * group["weight_decay"])', after='if group["momentum"] != 0'),
)

decoupled_after = wrong(
    "an optimizer that shrinks the weights after the step",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["lr"] * group["weight_decay"])', after='parameter.sub_(group["lr"] * slope)'),
)

decoupled_no_lr = wrong(
    "an optimizer that shrinks the weights without the learning rate",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["weight_decay"])', after='if group["momentum"] != 0'),
)

decay_not_scaled = same_as(
    decoupled_no_lr,
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    replace(
        'parameter.sub_(group["lr"] * slope)', 'parameter.sub_(group["lr"] * slope + group["weight_decay"] * parameter)'
    ),
)

decoupled_after_no_lr = same_as(
    decoupled_no_lr,
    replace('parameter.grad + group["weight_decay"] * parameter', "parameter.grad.clone()"),
    insert('parameter.mul_(1 - group["weight_decay"])', after='parameter.sub_(group["lr"] * slope)'),
)

decay_sign = wrong(
    "an optimizer whose weight decay makes weights larger",
    "Weight decay pulls towards zero: in the slope it has the weight's own sign, and the step goes against the slope.",
    replace('slope = parameter.grad + group["weight_decay"] *', 'slope = parameter.grad - group["weight_decay"] *'),
)

decay_l1 = wrong(
    "an optimizer that pulls all weights alike, whatever their size",
    "Weight decay pulls harder the larger a weight is: it is the weight itself that counts, not its sign.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.sign()'),
)

decay_squared = wrong(
    "an optimizer whose weight decay goes with the square of the weight",
    "The square of the weight stands in the loss; its slope goes with the weight itself.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter * parameter'),
)

decay_doubled = wrong(
    "an optimizer whose weight decay is twice as strong",
    "The 2 of the derivative belongs to a penalty without a half before it. Here the slope gets weight_decay times the weight.",
    replace('parameter.grad + group["weight_decay"]', 'parameter.grad + 2 * group["weight_decay"]'),
)

decay_halved = wrong(
    "an optimizer whose weight decay is half as strong",
    "The slope gets weight_decay times the weight, and no half of it.",
    replace('parameter.grad + group["weight_decay"]', 'parameter.grad + 0.5 * group["weight_decay"]'),
)

decay_of_gradient = wrong(
    "an optimizer whose weight decay goes with the gradient",
    "What is to shrink is the weight.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.grad'),
)

decay_alone = wrong(
    "an optimizer that multiplies the gradient with the weight decay",
    "Weight decay adds to the gradient: with 0, nothing would move.",
    replace('parameter.grad + group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.grad'),
)

decay_constant = wrong(
    "an optimizer that adds the weight decay itself to the gradient",
    "Weight decay pulls harder the larger a weight is: it is multiplied with the weight.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"]'),
)

decay_norm = wrong(
    "an optimizer whose weight decay goes with the length of the whole tensor",
    "Every weight is pulled by its own size.",
    replace('group["weight_decay"] * parameter', 'group["weight_decay"] * parameter.norm()'),
)

decay_lr_too_early = wrong(
    "an optimizer whose weight decay meets the learning rate twice",
    "The learning rate comes in once, at the end, for gradient and weight decay alike.",
    replace('group["weight_decay"]', 'group["lr"] * group["weight_decay"]'),
)

decay_spares_biases = wrong(
    "an optimizer whose weight decay spares biases",
    "A caller who wants that puts the biases into a group of their own: the step treats all parameters alike.",
    replace('group["weight_decay"] * parameter', '(group["weight_decay"] * parameter if parameter.dim() > 1 else 0.0)'),
)

decay_in_grad = wrong(
    "an optimizer that adds weight decay into .grad",
    "Gradients are only read: a caller who looks at them after the step, or accumulates more, would find the weights in them.",
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        if group["weight_decay"]:
            parameter.grad.add_(parameter, alpha=group["weight_decay"])
        slope = parameter.grad.clone()
    """,
    ),
)

decay_in_grad_alias = same_as(
    decay_in_grad,
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        slope = parameter.grad
        if group["weight_decay"]:
            slope.add_(parameter, alpha=group["weight_decay"])
        slope = slope.clone()
    """,
    ),
)

decay_in_grad_assigned = same_as(
    decay_in_grad,
    replace(
        'slope = parameter.grad + group["weight_decay"] * parameter',
        """
        parameter.grad = parameter.grad + group["weight_decay"] * parameter
        slope = parameter.grad.clone()
    """,
    ),
)

decay_forgets_first = wrong(
    "an optimizer whose first buffer has no weight decay in it",
    "The first buffer is the slope: gradient and weight decay.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = parameter.grad.clone()
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + slope
        slope = state["buffer"]
    """,
    ),
)

decay_forgets_later = wrong(
    "an optimizer that has weight decay in its first buffer only",
    "Every slope has weight decay in it, the later ones too.",
    replace(
        'slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)',
        """
        if "buffer" not in state:
            state["buffer"] = slope
        else:
            state["buffer"] = group["momentum"] * state["buffer"] + parameter.grad
        slope = state["buffer"]
    """,
    ),
)

decay_on_buffer = wrong(
    "an optimizer whose weight decay works on the buffer",
    "Weight decay is part of the slope: it comes to the gradient before momentum and learning rate do.",
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
                    slope = parameter.grad.clone()
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                        slope = slope + group["weight_decay"] * slope
                    else:
                        slope = slope + group["weight_decay"] * parameter
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

decay_after_momentum = same_as(
    decoupled,
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
                    slope = parameter.grad
                    if group["momentum"] != 0:
                        state = self.state[parameter]
                        slope = state["buffer"] = parameter.grad + group["momentum"] * state.get("buffer", 0.0)
                    slope = slope + group["weight_decay"] * parameter
                    parameter.sub_(group["lr"] * slope)
        return loss
    """),
)

zeroes_grad_inside = wrong(
    "an optimizer that clears the gradients in its step",
    "When gradients are cleared is for the caller to say: with zero_grad. The step only reads them.",
    insert("parameter.grad.zero_()", after='parameter.sub_(group["lr"] * slope)'),
)

drops_grad_inside = same_as(
    zeroes_grad_inside, insert("parameter.grad = None", after='parameter.sub_(group["lr"] * slope)')
)

zero_grad_at_end = same_as(zeroes_grad_inside, insert("self.zero_grad()", after="for group in self.param_groups"))

zero_grad_first = wrong(
    "an optimizer that clears the gradients before it uses them",
    "Without gradients there is nothing to follow: when they are cleared is for the caller to say.",
    insert("self.zero_grad()", after="with torch.no_grad():"),
)

scales_grad_in_place = wrong(
    "an optimizer that multiplies .grad with the learning rate in place",
    "Gradients are only read: a caller who looks at them after the step, or accumulates more, would find other numbers.",
    insert('parameter.grad.mul_(group["lr"])', after='parameter.sub_(group["lr"] * slope)'),
)

uses_grad_as_workspace = same_as(
    scales_grad_in_place,
    replace(
        """
        slope = parameter.grad + group["weight_decay"] * parameter
        if group["momentum"] != 0:
            state = self.state[parameter]
            slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
        parameter.sub_(group["lr"] * slope)
    """,
        """
        if group["weight_decay"] or group["momentum"]:
            slope = parameter.grad + group["weight_decay"] * parameter
            if group["momentum"] != 0:
                state = self.state[parameter]
                slope = state["buffer"] = slope + group["momentum"] * state.get("buffer", 0.0)
            parameter.sub_(group["lr"] * slope)
            parameter.grad.mul_(group["lr"])
        else:
            parameter.sub_(parameter.grad.mul_(group["lr"]))
    """,
    ),
)

buffer_into_grad = wrong(
    "an optimizer that writes the buffer into .grad",
    "Gradients are only read: a caller who looks at them after the step would find the buffer there.",
    insert("parameter.grad.copy_(slope)", after='parameter.sub_(group["lr"] * slope)'),
)
