"""Lesson 7: how each exercise is observed, and the bank of its wrong answers, as edits of the solution."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kata.authoring import (
    GRADIENTS,
    Observation,
    autograd_refused,
    body,
    drop,
    exercise,
    insert,
    lenet,
    numbers,
    observes,
    replace,
    same_as,
    wrong,
)


def see_gradients(see: Observation, place: str, call: Callable[..., Any], names: tuple[str, ...], *given: Any) -> None:
    """Observe what a backward function returns, and what becomes of what it is given."""
    before = [one.clone() if isinstance(one, Tensor) else one for one in given]
    with torch.no_grad(), autograd_refused():
        result = call(*given)
    kept = [torch.equal(a, b) for a, b in zip(given, before, strict=True) if isinstance(a, Tensor)]
    if len(names) > 1:
        count = f" of {len(result)}" if isinstance(result, tuple | list) else ""
        see(f"what is returned of {place}", f"a {type(result).__name__}{count}")
    else:
        result = (result,)
    kinds = [type(one).__name__ if not isinstance(one, Tensor) else "a tensor" for one in result]
    see(f"the kinds of what is returned of {place}", ", ".join(kinds))
    zeros = {name: torch.zeros(()) for name in names}
    found = dict(zip(names, result, strict=False))
    blank = {
        name: torch.zeros_like(value) if isinstance(value, Tensor) else zeros[name] for name, value in found.items()
    }
    see.amounts(f"the gradients of {place}", GRADIENTS, blank, found)
    see(f"whether the arguments of {place} are left as they are", all(kept))
    own = [one.data_ptr() != a.data_ptr() for one in result for a in given if isinstance(a, Tensor) and a.numel()]
    see(f"whether the gradients of {place} have memory of their own", all(own))


@observes("numerical_gradient", "Your gradients are those of {}.")
def observe_numerical(lesson: Any, see: Observation) -> None:
    see_gradients(see, "a sum of squares", lesson.numerical_gradient, ("x",), lambda t: (t * t).sum(), numbers(3))
    see_gradients(
        see, "a cube with eps 0.1", lesson.numerical_gradient, ("x",), lambda t: (t**3).sum(), numbers(2), 0.1
    )
    moved: list[float] = []

    def f(t: Tensor) -> Tensor:
        moved.extend(round(float(one), 6) for one in (t - at).flatten() if one != 0)
        return t.prod()

    at = numbers(2, 2, seed=3)
    see_gradients(see, "a product", lesson.numerical_gradient, ("x",), f, at, 0.25)
    see("how far the numbers of x are moved", moved)
    turned, factors = numbers(2, 3).T, numbers(3, 2, seed=2)
    see_gradients(see, "a transposed x", lesson.numerical_gradient, ("x",), lambda t: (t * factors).sum(), turned)
    for shape in ((), (0,), (2, 1, 4)):
        see_gradients(see, f"an x of the shape {shape}", lesson.numerical_gradient, ("x",), torch.sum, numbers(*shape))


@observes("relu_backward", "Your gradients are those of {}.")
def observe_relu(lesson: Any, see: Observation) -> None:
    see_gradients(
        see, "four numbers", lesson.relu_backward, ("x",), numbers(4, seed=2), torch.tensor([-2.0, 3, 0.5, -1])
    )
    see_gradients(see, "x at 0", lesson.relu_backward, ("x",), numbers(3, seed=2), torch.tensor([0.0, -0.0, 1.0]))
    see_gradients(see, "maps", lesson.relu_backward, ("x",), numbers(2, 3, 4, 4), numbers(2, 3, 4, 4, seed=2))
    see_gradients(see, "positive numbers", lesson.relu_backward, ("x",), numbers(3), numbers(3, seed=2).abs())


@observes("linear_backward", "Your gradients are those of {}.")
def observe_linear(lesson: Any, see: Observation) -> None:
    names = "x", "weight", "bias"
    for n, i, o in ((5, 3, 2), (1, 3, 2), (4, 4, 4), (2, 7, 1)):
        given = numbers(n, o, seed=4), numbers(n, i), numbers(o, i, seed=2)
        see_gradients(see, f"{n} rows of {i} to {o} numbers", lesson.linear_backward, names, *given)


@observes("cross_entropy_backward", "Your gradients are those of {}.")
def observe_cross_entropy(lesson: Any, see: Observation) -> None:
    for n, classes in ((3, 10), (1, 10), (7, 2)):
        scores, labels = numbers(n, classes) * 3, (torch.arange(n) * 3 + 1) % classes
        see_gradients(see, f"{n} images", lesson.cross_entropy_backward, ("scores",), scores, labels)
    large = torch.tensor([[1000.0, 0.0, 1000.0], [0.0, 1.0, 2.0]])
    for name, scores in (("scores of 1,000", large), ("scores of -1,000", -large)):
        see_gradients(see, name, lesson.cross_entropy_backward, ("scores",), scores, torch.tensor([1, 2]))


@observes("max_pool2d_backward", "Your gradients are those of {}.")
def observe_pool(lesson: Any, see: Observation) -> None:
    def pooled(place: str, x: Tensor) -> None:
        upstream = numbers(*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2, seed=2)
        see_gradients(see, place, lesson.max_pool2d_backward, ("x",), upstream, x)

    pooled("maps of 4 x 6", numbers(2, 3, 4, 6))
    pooled("negative maps", -numbers(1, 2, 4, 4).abs())
    for window in ([4.0, 4, 4, 4], [1.0, 4, 4, 4], [1.0, 1, 4, 4], [4.0, 1, 4, 1]):
        pooled(f"the window {window}", torch.tensor(window).double().view(1, 1, 2, 2))
    pooled("maps of 5 x 7", numbers(1, 2, 5, 7))
    pooled("transposed maps", numbers(2, 3, 4, 6).transpose(2, 3))


@observes("conv2d_backward", "Your gradients are those of {}.")
def observe_conv(lesson: Any, see: Observation) -> None:
    names = "x", "weight", "bias"
    for n, c, o, height, width, kh, kw in ((2, 3, 4, 6, 7, 3, 2), (1, 1, 1, 4, 4, 3, 3), (3, 2, 2, 5, 5, 5, 5)):
        x, weight = numbers(n, c, height, width), numbers(o, c, kh, kw, seed=2)
        upstream = numbers(n, o, height - kh + 1, width - kw + 1, seed=3)
        see_gradients(see, f"{n} images and kernels of {kh} x {kw}", lesson.conv2d_backward, names, upstream, x, weight)


@observes("lenet_gradients", "Your gradients are those of {}.")
def observe_lenet(lesson: Any, see: Observation) -> None:
    net: Any = lenet().double()
    names = [name for name, _ in net.named_parameters()]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    images, labels = numbers(3, 1, 32, 32), torch.tensor([3, 1, 4])
    with torch.no_grad(), autograd_refused():
        found = lesson.lenet_gradients(net, images, labels)
    see("what is returned", type(found).__name__)
    see("the names that are returned", ", ".join(map(str, found)))
    zeros = {name: torch.zeros_like(before[name]) for name in names}
    see.amounts("the gradients of LeNet", GRADIENTS, zeros, {name: found.get(name, 0) for name in names})
    see("the weights afterwards", all(torch.equal(before[name], p) for name, p in net.named_parameters()))
    see("the .grad of the weights afterwards", [p.grad is None for p in net.parameters()])
    see("the images afterwards", torch.equal(images, numbers(3, 1, 32, 32)))


exercise("numerical_gradient")

forward_differences = wrong(
    "one-sided differences",
    "Moved one way only, the curve's bend stays in the result: its error goes with eps, that of central ones with its square.",
    replace("numbers[index] = number - eps", "numbers[index] = number"),
    replace("(2 * eps)", "eps"),
)
half_way = wrong(
    "differences that are divided by eps, not by both",
    "From number - eps to number + eps the way is 2 * eps.",
    replace("(2 * eps)", "eps"),
)
backward_order = wrong(
    "differences taken the other way round",
    "What f gives behind less what it gives before: f at number + eps comes first.",
    replace("(above - float(f(point)))", "(float(f(point)) - above)"),
)
all_at_once = wrong(
    "a difference for which all numbers move together",
    "Then one slope comes out for all. Each number has a slope of its own: one moves, the others stay.",
    body("""
        slope = (f(x + eps) - f(x - eps)) / (2 * eps)
        return torch.full_like(x, float(slope))
    """),
)
not_put_back = wrong(
    "differences whose numbers are not put back",
    "The next slope is then measured elsewhere: after each number, put it back.",
    replace(
        """
        slopes.append((above - float(f(point))) / (2 * eps))
        numbers[index] = number
        """,
        "slopes.append((above - float(f(point))) / (2 * eps))",
    ),
)
moves_x = wrong(
    "differences that move x itself",
    "x is the caller's, and f may hold on to it. A copy can be moved about.",
    replace("x.clone(memory_format=torch.contiguous_format)", "x"),
    replace("numbers = point.view(-1)", "numbers = point.reshape(-1)"),
    replace(
        """
        slopes.append((above - float(f(point))) / (2 * eps))
        numbers[index] = number
        """,
        "slopes.append((above - float(f(point))) / (2 * eps))",
    ),
)
own_eps = wrong(
    "differences with an eps of their own",
    "How far numbers move is for the caller to say.",
    insert("eps = 1e-6", before="point = x.clone"),
)
flat_result = wrong(
    "slopes that are left in a row",
    "A gradient has the shape of what it belongs to.",
    replace(".view(x.shape)", ""),
)
float32_slopes = wrong(
    "slopes in float32",
    "A gradient has the dtype of what it belongs to; half of the digits are lost.",
    replace("dtype=x.dtype", "dtype=torch.float32"),
)
no_slopes = wrong("a function that returns nothing", "Is there a `return`?", replace("return torch", "_ = torch"))
by_autograd = wrong(
    "a function that asks autograd",
    "This one is the judge of autograd: it knows nothing of f but what f gives.",
    body("""
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            return torch.autograd.grad(f(leaf), leaf)[0]
    """),
)

exercise("relu_backward")

passes_all = wrong(
    "a ReLU that passes every gradient on",
    "Numbers below 0 became 0, whatever they were: nothing can come back through them.",
    body("return upstream.clone()"),
)
at_zero = wrong(
    "a ReLU that passes the gradient on at 0",
    "At the bend the gradient is 0 by convention: the comparison is a strict one.",
    replace("x > 0", "x >= 0"),
)
upside_down = wrong(
    "a ReLU that lets negative numbers through",
    "Above 0 ReLU does nothing, and its slope is 1.",
    replace("x > 0", "x < 0"),
)
times_x = wrong(
    "a ReLU whose slope is x",
    "The slope above 0 is 1, not the number itself.",
    replace("(x > 0)", "x.relu()"),
)
asks_upstream = wrong(
    "a ReLU that looks at the sign of the upstream gradient",
    "Whether a number came through is a matter of x; a gradient may be negative.",
    replace("x > 0", "upstream > 0"),
)
no_upstream = wrong(
    "a ReLU that ignores the upstream gradient",
    "The slope alone is not the gradient: it is multiplied with what comes from above.",
    body("return (x > 0).to(upstream.dtype)"),
)
relu_of_upstream = wrong(
    "a ReLU of the upstream gradient", "Whether a number came through is a matter of x.", body("return upstream.relu()")
)
above_one = wrong(
    "a ReLU whose bend is at 1",
    "ReLU bends at 0: whatever is above it comes through.",
    replace("x > 0", "x > 1"),
)
as_a_step = wrong(
    "a ReLU whose slope grows from 0 to 1",
    "The slope is 1 above 0 and 0 below; nothing lies between.",
    replace("(x > 0)", "x.clamp(0, 1)"),
)
leaky = wrong(
    "a leaky ReLU",
    "Below 0 the slope is 0, not a hundredth.",
    replace("(x > 0)", "torch.where(x > 0, 1.0, 0.01)"),
)
relu_in_place = wrong(
    "a ReLU that writes into the upstream gradient",
    "It is the caller's, who may need it for another branch.",
    body("return upstream.mul_(x > 0)"),
)
masked_in_place = same_as(
    relu_in_place,
    body("""
        upstream[x <= 0] = 0
        return upstream
    """),
)
relu_autograd = wrong(
    "a ReLU that asks autograd",
    "What autograd does here is two lines: write them.",
    body("""
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            leaf.relu().backward(upstream)
        return leaf.grad
    """),
)

exercise("linear_backward")

weight_transposed = wrong(
    "a linear layer whose gradient of weight is transposed",
    "A gradient has the shape of what it belongs to: weight is (O, I).",
    replace("upstream.T @ x", "x.T @ upstream"),
)
bias_mean = wrong(
    "a linear layer whose bias gets the mean over the batch",
    "Each row adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("upstream.sum(dim=0)", "upstream.mean(dim=0)"),
)
weight_mean = wrong(
    "a linear layer whose weight gets the mean over the batch",
    "Each row adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("upstream.T @ x", "upstream.T @ x / len(x)"),
)
both_means = wrong(
    "a linear layer whose weight and bias get the mean over the batch",
    "Each row adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("upstream.T @ x, upstream.sum(dim=0)", "upstream.T @ x / len(x), upstream.mean(dim=0)"),
)
bias_not_summed = wrong(
    "a linear layer whose bias gets one gradient for each row",
    "The same bias goes to all rows: its gradient is the sum over them.",
    replace("upstream.sum(dim=0)", "upstream.clone()"),
)
bias_over_outputs = wrong(
    "a linear layer whose bias is summed over the outputs",
    "Each output has its own bias; the sum goes over the rows.",
    replace("upstream.sum(dim=0)", "upstream.sum(dim=1)"),
)
bias_single = wrong(
    "a linear layer whose bias gets one number",
    "Each output has its own bias: the sum goes over the rows only.",
    replace("upstream.sum(dim=0)", "upstream.sum()"),
)
other_order = wrong(
    "a linear layer that returns the gradient of weight first",
    "x, weight, bias: the order is the caller's to rely on.",
    replace("upstream @ weight, upstream.T @ x", "upstream.T @ x, upstream @ weight"),
)
weight_turned = wrong(
    "a linear layer that multiplies with the transposed weight on the way back too",
    "Forward, x meets weight.T. On the way back each output goes to the inputs that it came from: weight itself.",
    replace("upstream @ weight,", "upstream @ weight.T,"),
)
linear_ignores = wrong(
    "a linear layer that ignores the upstream gradient",
    "How the output changes with the input is not yet how the loss does: the upstream gradient is a factor of all.",
    body(
        "return weight.sum(dim=0).expand_as(x), x.sum(dim=0).expand_as(weight), torch.full_like(weight[:, 0], len(x))"
    ),
)
linear_first_row = wrong(
    "a linear layer whose weight learns from the first row only",
    "Each row of the batch adds its part.",
    replace("upstream.T @ x", "upstream[:1].T @ x[:1]"),
)
ones_for_upstream = wrong(
    "a linear layer whose bias ignores the upstream gradient",
    "What arrives at the bias is what arrives at y, summed over the rows.",
    replace("upstream.sum(dim=0)", "torch.full_like(upstream[0], len(x))"),
)
only_two = wrong(
    "a linear layer without the gradient of its bias",
    "Three gradients are asked for.",
    replace(", upstream.sum(dim=0)", ""),
)
linear_list = wrong(
    "a linear layer that returns a list",
    "A tuple of three is asked for.",
    body("return [upstream @ weight, upstream.T @ x, upstream.sum(dim=0)]"),
)
linear_autograd = wrong(
    "a linear layer that asks autograd",
    "What autograd does here is one line: write it.",
    body("""
        with torch.enable_grad():
            leaves = [x.clone().requires_grad_(), weight.clone().requires_grad_()]
            leaves.append(torch.zeros_like(weight[:, 0]).requires_grad_())
            return torch.autograd.grad(F.linear(*leaves), leaves, upstream)
    """),
)

exercise("cross_entropy_backward")

sum_not_mean = wrong(
    "the sum over the batch, not the mean",
    "The loss is a mean over N images: each of them has the Nth part.",
    replace(" / len(scores)", ""),
)
over_all = wrong(
    "a mean over all scores",
    "The mean goes over the N images, not over their classes too.",
    replace("len(scores)", "scores.numel()"),
)
over_classes = wrong(
    "a mean over the classes",
    "The mean goes over the N images.",
    replace("len(scores)", "scores.shape[1]"),
)
softmax_over_batch = wrong(
    "a softmax over the batch",
    "Each image's probabilities sum to 1: the softmax goes along the classes.",
    replace("softmax(dim=1)", "softmax(dim=0)"),
)
nothing_taken_off = wrong(
    "the probabilities alone",
    "Where the label is, 1 is taken off: the right score is to grow.",
    replace("(scores.softmax(dim=1) - right)", "scores.softmax(dim=1)"),
)
turned_round = wrong(
    "gradients with the sign turned round",
    "A wrong digit's score makes the loss larger: its gradient is positive.",
    replace("scores.softmax(dim=1) - right", "right - scores.softmax(dim=1)"),
)
unstable = wrong(
    "a softmax that overflows",
    "exp(1000) is inf, and inf / inf is nan. Take the largest score off first, or let torch's softmax do it.",
    body("""
        powers = scores.exp()
        return (powers / powers.sum(dim=1, keepdim=True) - F.one_hot(labels, scores.shape[1])) / len(scores)
    """),
)
no_softmax = wrong(
    "scores that were never made probabilities",
    "What is left over is probability less truth: the softmax comes first.",
    replace("scores.softmax(dim=1)", "scores"),
)
sigmoid = wrong(
    "a sigmoid in place of the softmax",
    "The probabilities of one image sum to 1: each score takes part in all of them.",
    replace("scores.softmax(dim=1)", "scores.sigmoid()"),
)
softmax_twice = wrong(
    "a softmax of probabilities",
    "One softmax makes probabilities of scores; a second one flattens them.",
    replace("scores.softmax(dim=1)", "scores.softmax(dim=1).softmax(dim=1)"),
)
classes_unknown = wrong(
    "labels of which one_hot has to guess the number of classes",
    "The largest label of a batch need not be the last class: one_hot takes the number of classes as well.",
    replace("F.one_hot(labels, scores.shape[1])", "F.one_hot(labels)"),
)
whole_rows = wrong(
    "a 1 that is taken off whole rows",
    "labels picks rows here. For one number of each row, both places are named: the row and the class.",
    body("""
        gradient = scores.softmax(dim=1)
        gradient[labels.clamp(max=len(scores) - 1)] -= 1
        return gradient / len(scores)
    """),
)
every_column = wrong(
    "a 1 that is taken off the labels' classes in every row",
    "`[:, labels]` picks whole columns. For one number of each row, both places are named: the row and the class.",
    body("""
        gradient = scores.softmax(dim=1)
        gradient[:, labels] -= 1
        return gradient / len(scores)
    """),
)
log_probabilities = wrong(
    "logarithms of probabilities", "The probability itself is what comes out.", replace("softmax", "log_softmax")
)
only_the_label = wrong(
    "a gradient at the label only",
    "Every score takes part in the softmax: those of the wrong digits are pushed down.",
    body("""
        right = F.one_hot(labels, scores.shape[1])
        return (scores.softmax(dim=1) - 1) * right / len(scores)
    """),
)
softmax_in_place = wrong(
    "a function that writes into the scores",
    "They are the caller's.",
    body("""
        right = F.one_hot(labels, scores.shape[1])
        return scores.sub_(scores.logsumexp(dim=1, keepdim=True)).exp_().sub_(right).div_(len(scores))
    """),
)
loss_itself = wrong(
    "the loss itself",
    "The gradient of the scores is asked for: a number for each of them.",
    body("return F.cross_entropy(scores, labels)"),
)
entropy_autograd = wrong(
    "a function that asks autograd",
    "What autograd does here is one line: derive it.",
    body("""
        with torch.enable_grad():
            leaf = scores.clone().requires_grad_()
            F.cross_entropy(leaf, labels).backward()
        return leaf.grad
    """),
)

exercise("max_pool2d_backward")

all_four = wrong(
    "a pool that gives its gradient to all four",
    "Only the largest number of a window made the output: the others could change a little, and nothing would.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        "slopes += upstream.unsqueeze(4)",
    ),
)
a_quarter = wrong(
    "a pool that shares its gradient out, as an average does",
    "Of max-pooling only the largest number had a part in the output.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        "slopes += upstream.unsqueeze(4) / 4",
    ),
)
all_largest = wrong(
    "a pool that gives the gradient to each of several largest",
    "Where several are largest, one of them made the output: the first in reading order.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        "slopes += upstream.unsqueeze(4) * (windows == windows.amax(dim=4, keepdim=True))",
    ),
)
shared_by_largest = wrong(
    "a pool that shares the gradient among several largest",
    "torch's gives all of it to the first one in reading order.",
    replace(
        "slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))",
        """
        largest = (windows == windows.amax(dim=4, keepdim=True)).to(x.dtype)
        slopes += upstream.unsqueeze(4) * largest / largest.sum(dim=4, keepdim=True)
        """,
    ),
)
last_largest = wrong(
    "a pool that gives the gradient to the last of several largest",
    "torch's gives it to the first one in reading order.",
    replace("windows.argmax(dim=4, keepdim=True)", "3 - windows.flip(4).argmax(dim=4, keepdim=True)"),
)
smallest = wrong(
    "a pool that looks for the smallest", "The largest number made the output.", replace("argmax", "argmin")
)
largest_size = wrong(
    "a pool that looks for the number furthest from 0",
    "The largest number made the output, not the one of the largest size: -5 is less than 1.",
    replace("windows.argmax", "windows.abs().argmax"),
)
column_order = wrong(
    "a pool whose windows are read down first",
    "Reading order goes from left to right, then down: it tells which of several largest is the first.",
    replace("windows.argmax(dim=4, keepdim=True)", "windows[..., [0, 2, 1, 3]].argmax(dim=4, keepdim=True)"),
)
columns_in_reading = same_as(
    column_order,
    replace(
        "windows.argmax(dim=4, keepdim=True)",
        "torch.tensor([0, 2, 1, 3])[windows[..., [0, 2, 1, 3]].argmax(dim=4, keepdim=True)]",
    ),
)
windows_overlap = wrong(
    "a pool whose windows begin at row and column of the output",
    "Windows of 2 lie side by side: window (r, s) begins at pixel (2 * r, 2 * s).",
    body("""
        result = torch.zeros_like(x)
        for r in range(upstream.shape[2]):
            for s in range(upstream.shape[3]):
                window = x[:, :, r : r + 2, s : s + 2].flatten(2)
                row, column = window.argmax(dim=2) // 2 + r, window.argmax(dim=2) % 2 + s
                for n in range(len(x)):
                    for c in range(x.shape[1]):
                        result[n, c, row[n, c], column[n, c]] += upstream[n, c, r, s]
        return result
    """),
)
same_place_for_all = wrong(
    "a pool that takes the first image's places for all images",
    "Each image, and each map of it, has its largest number elsewhere.",
    replace(
        "windows.argmax(dim=4, keepdim=True)", "windows[:1].argmax(dim=4, keepdim=True).expand(images, -1, -1, -1, -1)"
    ),
)
same_place_for_maps = wrong(
    "a pool that takes the first map's places for all maps",
    "Each map has its largest number elsewhere.",
    replace(
        "windows.argmax(dim=4, keepdim=True)", "windows[:, :1].argmax(dim=4, keepdim=True).expand(-1, maps, -1, -1, -1)"
    ),
)
ones = wrong(
    "a pool that ignores the upstream gradient",
    "Where the largest stands is only half of it: what arrives there is the window's upstream gradient.",
    replace("upstream.unsqueeze(4))", "torch.ones_like(upstream).unsqueeze(4))"),
)
puts_numbers = wrong(
    "a pool that puts the largest numbers back",
    "What arrives there is the window's upstream gradient, not the number that was pooled.",
    replace("upstream.unsqueeze(4))", "windows.amax(dim=4, keepdim=True))"),
)
not_laid_back = wrong(
    "a pool that forgets to lay its windows back",
    "The dimensions that were brought together must be taken apart again, before rows and columns are put in their places.",
    replace("slopes.unflatten(4, (2, 2)).transpose(3, 4)", "slopes.unflatten(4, (2, 2))"),
)
even_only = wrong(
    "a pool that fails where a row or a column is left over",
    "A last row or column that fills no window had no part in the output, and gets 0.",
    body("""
        images, maps, height, width = upstream.shape
        windows = x.reshape(images, maps, height, 2, width, 2).transpose(3, 4).flatten(4)
        slopes = torch.zeros_like(windows)
        slopes.scatter_(4, windows.argmax(dim=4, keepdim=True), upstream.unsqueeze(4))
        return slopes.unflatten(4, (2, 2)).transpose(3, 4).reshape(x.shape)
    """),
)
left_out = wrong(
    "a pool whose gradient lacks the row or column left over",
    "A gradient has the shape of what it belongs to: a row that fills no window gets 0.",
    replace("return result", "return result[:, :, : 2 * height, : 2 * width]"),
)
pool_autograd = wrong(
    "a pool that asks autograd",
    "How autograd finds the largest again is the exercise.",
    body("""
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            F.max_pool2d(leaf, 2).backward(upstream)
        return leaf.grad
    """),
)

exercise("conv2d_backward")

kernel_flipped = wrong(
    "a convolution whose gradient of weight is flipped",
    "torch's convolution does not flip its kernel: place (i, j) meets the pixels from (i, j) on.",
    replace("return of_x, of_weight,", "return of_x, of_weight.flip(2, 3),"),
)
x_flipped = wrong(
    "a convolution whose kernel is flipped on the way back to x",
    "Pixel (r + i, s + j) got to output (r, s) by the kernel's number at (i, j): the same number leads back.",
    replace("weight[:, :, i, j])", "weight.flip(2, 3)[:, :, i, j])"),
)
last_place_only = wrong(
    "a convolution in which each place of the kernel overwrites the one before",
    "A pixel goes into many outputs: what comes back from each is added up.",
    replace("+= part", "= part"),
)
conv_bias_not_summed = wrong(
    "a convolution whose bias gets one gradient for each image",
    "The same bias goes to all images and all places: its gradient is the sum over all of them.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream.sum(dim=(2, 3))"),
)
conv_bias_mean = wrong(
    "a convolution whose bias gets a mean",
    "The same bias goes to all images and places: the parts are added up.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream.mean(dim=(0, 2, 3))"),
)
conv_bias_places = wrong(
    "a convolution whose bias gets one gradient for each place",
    "The same bias goes to all images and all places: its gradient is the sum over all of them.",
    replace("upstream.sum(dim=(0, 2, 3))", "upstream.sum(dim=0)"),
)
conv_weight_mean = wrong(
    "a convolution whose weight gets the mean over the images",
    "Each image adds its part: a sum. The mean of the loss is in the upstream gradient already.",
    replace("return of_x, of_weight,", "return of_x, of_weight / len(x),"),
)
first_image_only = wrong(
    "a convolution whose weight learns from the first image only",
    "Each image adds its part.",
    replace('"nors,ncrs->oc", upstream, met)', '"nors,ncrs->oc", upstream[:1], met[:1])'),
)
weight_overwritten = wrong(
    "a convolution whose weight gets what the last image gives",
    "Each image adds its part: with a loop over the images, the gradient is added to.",
    replace('"nors,ncrs->oc", upstream, met)', '"nors,ncrs->oc", upstream[-1:], met[-1:])'),
)
last_output_only = wrong(
    "a convolution whose weight gets what the last place of y gives",
    "The same number of the kernel goes to every place of y: what comes back from each is added up.",
    replace('"nors,ncrs->oc", upstream, met)', '"nors,ncrs->oc", upstream[..., -1:, -1:], met[..., -1:, -1:])'),
)
first_output_map = wrong(
    "a convolution whose x gets the first outgoing map's gradient only",
    "A pixel goes into all outgoing maps: what comes back from each is added up.",
    replace('"nors,oc->ncrs", upstream, weight[:, :, i, j])', '"nors,oc->ncrs", upstream[:, :1], weight[:1, :, i, j])'),
)
channels_swapped = wrong(
    "a convolution whose incoming and outgoing maps have changed places",
    "weight is (O, C, KH, KW): outgoing maps first.",
    replace("return of_x, of_weight,", "return of_x, of_weight.transpose(0, 1),"),
)
kernel_turned = wrong(
    "a convolution whose kernel's rows and columns have changed places",
    "i goes along the height, j along the width.",
    replace("of_weight[:, :, i, j] =", "of_weight[:, :, j % weight.shape[2], i % weight.shape[3]] ="),
)
met_off_by_one = wrong(
    "a convolution that meets its pixels one place too far",
    "Place (0, 0) of the kernel meets the pixel (0, 0) first.",
    replace(
        "met = x[:, :, i : i + height, j : j + width]",
        "met = x.roll((-1, -1), (2, 3))[:, :, i : i + height, j : j + width]",
    ),
)
square_only = wrong(
    "a convolution for square kernels only",
    "Height and width of the kernel may differ.",
    replace("range(weight.shape[3])", "range(weight.shape[2])"),
)
conv_order = wrong(
    "a convolution that returns the gradient of weight first",
    "x, weight, bias: the order is the caller's to rely on.",
    replace("return of_x, of_weight,", "return of_weight, of_x,"),
)
conv_no_bias = wrong(
    "a convolution without the gradient of its bias",
    "Three gradients are asked for.",
    replace("return of_x, of_weight, upstream.sum(dim=(0, 2, 3))", "return of_x, of_weight"),
)
conv_autograd = wrong(
    "a convolution that asks torch's own backward",
    "torch.nn.grad is the exercise.",
    body("""
        of_x = torch.nn.grad.conv2d_input(x.shape, weight, upstream)
        return of_x, torch.nn.grad.conv2d_weight(x, weight.shape, upstream), upstream.sum(dim=(0, 2, 3))
    """),
)

exercise("lenet_gradients")

relus_left_out = wrong(
    "a way back without the ReLUs",
    "What ReLU set to 0 in forward lets nothing back.",
    replace("relu_backward(upstream, hidden2)", "upstream"),
    replace("relu_backward(upstream, hidden1)", "upstream"),
    replace(
        "relu_backward(max_pool2d_backward(upstream, F.relu(maps2)), maps2)",
        "max_pool2d_backward(upstream, F.relu(maps2))",
    ),
    replace(
        "relu_backward(max_pool2d_backward(upstream, F.relu(maps1)), maps1)",
        "max_pool2d_backward(upstream, F.relu(maps1))",
    ),
)
relu_2_left_out = wrong(
    "a way back without the ReLU after fc2",
    "What ReLU set to 0 in forward lets nothing back.",
    replace("relu_backward(upstream, hidden2)", "upstream"),
)
relu_1_left_out = wrong(
    "a way back without the ReLU after fc1",
    "What ReLU set to 0 in forward lets nothing back.",
    replace("relu_backward(upstream, hidden1)", "upstream"),
)
before_relu = wrong(
    "a way back on which fc3 is given what went into the ReLU",
    "A layer's gradient of weight is made with what the layer itself was given: what came out of the ReLU.",
    replace(
        "cross_entropy_backward(scores, labels), F.relu(hidden2)", "cross_entropy_backward(scores, labels), hidden2"
    ),
)
all_before_relu = wrong(
    "a way back on which fc3 and fc2 are given what went into the ReLUs",
    "A layer's gradient of weight is made with what the layer itself was given: what came out of the ReLU.",
    replace(
        "cross_entropy_backward(scores, labels), F.relu(hidden2)", "cross_entropy_backward(scores, labels), hidden2"
    ),
    replace("relu_backward(upstream, hidden2), F.relu(hidden1)", "relu_backward(upstream, hidden2), hidden1"),
)
sum_of_images = wrong(
    "a way back from the sum over the images",
    "The loss is the mean over the batch.",
    replace("cross_entropy_backward(scores, labels)", "cross_entropy_backward(scores, labels) * len(images)"),
)
forward_relu_missing = wrong(
    "a forward without the ReLU after fc1",
    "The way back starts from what forward made: it must be lesson 1's.",
    replace("F.linear(F.relu(hidden1), weights", "F.linear(hidden1, weights"),
)
no_view = wrong(
    "a way back without the view before the pool",
    "fc1 was given rows of 400: their gradient must be maps again, of the shape that was flattened.",
    replace("relu_backward(upstream, hidden1), rows).view(pooled2.shape)", "relu_backward(upstream, hidden1), rows)"),
)
only_head = wrong(
    "a way back that ends before the convolutions",
    "Through fc1 and a view it goes on to the maps of conv2.",
    drop('upstream = through("conv2", relu_backward(max_pool2d_backward(upstream, F.relu(maps2)), maps2), pooled1)'),
    drop('through("conv1", relu_backward(max_pool2d_backward(upstream, F.relu(maps1)), maps1), images)'),
    replace("for name in weights}", "for name in weights if name in found}"),
)
in_order_back = wrong(
    "a dictionary in the order of the way back",
    "The caller iterates it with net.named_parameters() expects the same order.",
    replace("return {name: found[name] for name in weights}", "return found"),
)
fills_grad = wrong(
    "a way back that fills .grad",
    "The gradients are returned; those of the network are the caller's.",
    insert(
        """
        for name, parameter in net.named_parameters():
            parameter.grad = found[name]
        """,
        before="return {name",
    ),
)
moves_weights = wrong(
    "a way back that moves the weights, too",
    "A step is the caller's business.",
    insert(
        """
        for name, parameter in net.named_parameters():
            parameter.sub_(0.01 * found[name])
        """,
        before="return {name",
    ),
)
lenet_list = wrong(
    "a list of gradients",
    "They are asked for by name.",
    replace("return {name: found[name] for name in weights}", "return [found[name] for name in weights]"),
)
lenet_autograd = wrong(
    "a way back that autograd goes",
    "The functions above are all that it takes.",
    body("""
        with torch.enable_grad():
            loss = F.cross_entropy(net(images), labels)
            found = torch.autograd.grad(loss, list(net.parameters()))
        return {name: one for (name, _), one in zip(net.named_parameters(), found, strict=True)}
    """),
)
