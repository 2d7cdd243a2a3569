"""Spec of lesson 7: gradients by hand, held to autograd in float64 and to numbers worked out on paper."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import exp
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from kata.authoring import autograd_refused, expect, lenet, numbers, patterns, seeded, unchanged

DTYPES = [torch.float32, torch.float64]


@contextmanager
def by_hand() -> Iterator[None]:
    """Run the learner's function where nothing is recorded and autograd is refused."""
    with torch.no_grad(), autograd_refused():
        yield


def asked(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call the learner's function by hand, and ask that it leaves what it is given, and returns tensors of its own."""
    __tracebackhide__ = True
    with by_hand():
        return expect.left_alone(call, *arguments)


def agree(names: tuple[str, ...], given: Any, wanted: tuple[Tensor, ...]) -> None:
    """Ask for a tuple of gradients, each of the shape, dtype and numbers of autograd's."""
    __tracebackhide__ = True
    right = isinstance(given, tuple) and len(given) == len(names)
    kind = f"a {type(given).__name__}" + (f" of {len(given)}" if isinstance(given, tuple | list) else "")
    expect.true("what is returned", right, f"a tuple of {len(names)}: {', '.join(names)}", kind)
    for name, one, other in zip(names, given, wanted, strict=True):
        alike(f"the gradient of {name}", one, other)


def alike(what: str, given: Any, wanted: Tensor, rtol: float = 1e-4) -> None:
    """Ask for a gradient; where it differs, say how it comes of the right one."""
    __tracebackhide__ = True
    patterns.alike(what, given, wanted, "that of autograd", rtol)


def autograd(f: Callable[..., Tensor], upstream: Tensor | None, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Return autograd's gradients of f at the inputs."""
    leaves = [one.detach().clone().requires_grad_() for one in inputs]
    result = f(*leaves)
    (result if upstream is None else (result * upstream).sum()).backward()
    return tuple(leaf.grad for leaf in leaves if leaf.grad is not None)


@pytest.mark.exercise(
    "numerical_gradient",
    level=2,
    hints=(
        "One number of x at a time: make it a little larger, ask f; make it a little smaller, ask f; put it back.",
        "Work on a copy of x, so that x itself never changes. Go over all numbers by a flat view of the copy.",
        "The slope is the difference of the two answers over the whole way between the two places: two eps.",
    ),
)
class TestNumericalGradient:
    """numerical_gradient."""

    def test_the_slope_of_a_square_worked_out_by_hand(self, lesson: Any) -> None:
        x = torch.tensor([3.0, -0.5], dtype=torch.float64)

        given = asked(lesson.numerical_gradient, lambda t: (t * t).sum(), x)

        expect.close("the gradient of x * x", given, torch.tensor([6.0, -1.0], dtype=torch.float64), "2 * x")

    @pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 1, 4), (0,)], ids=str)
    def test_it_has_the_shape_of_x_and_equals_autograd(self, lesson: Any, shape: tuple[int, ...]) -> None:
        x, factors = numbers(*shape), numbers(*shape, seed=2)

        given = asked(lesson.numerical_gradient, lambda t: (t.sin() * factors).sum(), x)

        expect.close("the gradient of a sum of sines", given, x.cos() * factors, rtol=1e-5)

    def test_numbers_depend_on_one_another(self, lesson: Any) -> None:
        x = numbers(4)

        given = asked(lesson.numerical_gradient, lambda t: t.prod() + (t[0] - t[3]) ** 2, x)

        (wanted,) = autograd(lambda t: t.prod() + (t[0] - t[3]) ** 2, None, x)
        alike("the gradient of a product", given, wanted, rtol=1e-5)

    def test_differences_are_central(self, lesson: Any) -> None:
        x = torch.tensor([1.0, 2.0], dtype=torch.float64)

        given = asked(lesson.numerical_gradient, lambda t: (t**3).sum(), x, 0.1)

        why = "(1.1 ** 3 - 0.9 ** 3) / 0.2 = 3.01: one-sided, it would be 3.31 or 2.71."
        expect.close("the gradient of x ** 3 with eps 0.1", given, torch.tensor([3.01, 12.01]).double(), why)

    def test_f_sees_one_number_moved_at_a_time_by_eps(self, lesson: Any) -> None:
        x, seen = numbers(2, 2), []
        before = x.clone()  # an answer may move x itself, and put it back

        def f(t: Tensor) -> Tensor:
            seen.append((t - before).clone())
            return t.sum()

        with by_hand():
            lesson.numerical_gradient(f, x, 0.25)

        moved = sorted(sorted(t.flatten().tolist(), key=abs)[-1] for t in seen if int((t != 0).sum()) == 1)
        wanted = [-0.25] * 4 + [0.25] * 4
        right = len(moved) == len(wanted) and all(abs(a - b) < 1e-9 for a, b in zip(moved, wanted, strict=True))
        expect.true("how far f sees single numbers of x moved", right, str(wanted), str([round(m, 6) for m in moved]))

    def test_a_transposed_x_is_gone_over_in_its_own_order(self, lesson: Any) -> None:
        x, factors = numbers(2, 3).T, numbers(3, 2, seed=2)

        given = asked(lesson.numerical_gradient, lambda t: (t * factors).sum(), x)

        alike("the gradient of x", given, factors, rtol=1e-5)

    def test_it_is_a_tensor_of_its_own(self, lesson: Any) -> None:
        x = numbers(3)

        given = expect.tensor("the gradient", asked(lesson.numerical_gradient, lambda t: (t * t).sum(), x))

        expect.true("the gradient", given.data_ptr() != x.data_ptr(), "a new tensor", "the memory of x")
        expect.equal("whether the gradient asks for gradients", given.requires_grad, False)


@pytest.mark.exercise(
    "relu_backward",
    level=2,
    hints=(
        "Where is the slope of ReLU 1, and where is it 0? The gradient is the upstream one times the slope.",
        "A comparison of x with 0 gives a mask of x's shape; true counts as 1, false as 0.",
        "Mind the edge: at x == 0 the gradient is 0, so the comparison is a strict one.",
    ),
)
class TestReluBackward:
    """relu_backward."""

    def test_five_numbers_worked_out_by_hand(self, lesson: Any) -> None:
        upstream = torch.tensor([10.0, 20.0, 30.0, -40.0, 50.0])

        given = asked(lesson.relu_backward, upstream, torch.tensor([-2.0, 0.0, 3.0, 0.5, -0.0]))

        expect.close(
            "the gradient", given, torch.tensor([0.0, 0.0, 30.0, -40.0, 0.0]), "0 gets none; 3 and 0.5 pass on."
        )

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize("shape", [(4,), (3, 5), (2, 3, 4, 4), ()], ids=str)
    def test_it_equals_autograd(self, lesson: Any, shape: tuple[int, ...], dtype: torch.dtype) -> None:
        x, upstream = numbers(*shape, dtype=dtype), numbers(*shape, seed=2, dtype=dtype)

        given = asked(lesson.relu_backward, upstream, x)

        (wanted,) = autograd(F.relu, upstream, x)
        alike("the gradient of x", given, wanted)

    def test_large_numbers_are_no_larger_for_it(self, lesson: Any) -> None:
        given = asked(lesson.relu_backward, torch.tensor([2.0, 2.0]), torch.tensor([1e30, 1e-30]))

        expect.close("the gradient", given, torch.tensor([2.0, 2.0]))

    def test_it_is_a_tensor_of_its_own(self, lesson: Any) -> None:
        upstream, x = numbers(3, 4), numbers(3, 4, seed=2).abs()

        given = expect.tensor("the gradient", asked(lesson.relu_backward, upstream, x))

        expect.true("the gradient", given.data_ptr() != upstream.data_ptr(), "a new tensor", "upstream's memory")


@pytest.mark.exercise(
    "linear_backward",
    level=3,
    hints=(
        "Write y[n, o] as its sum. Which outputs does each number of x go to, and times what? And each of weight?",
        "The shapes leave little choice: (N, O) and (O, I) make (N, I); (N, O) and (N, I) make (O, I).",
        "Three products and sums: upstream with weight; upstream, turned round, with x; and upstream over the batch.",
    ),
)
class TestLinearBackward:
    """linear_backward."""

    NAMES = ("x", "weight", "bias")

    def test_two_inputs_and_one_output_worked_out_by_hand(self, lesson: Any) -> None:
        x, weight = torch.tensor([[1.0, 2.0], [3.0, -1.0]]), torch.tensor([[5.0, 7.0]])

        given = asked(lesson.linear_backward, torch.tensor([[2.0], [10.0]]), x, weight)

        wanted = torch.tensor([[10.0, 14.0], [50.0, 70.0]]), torch.tensor([[32.0, -6.0]]), torch.tensor([12.0])
        agree(self.NAMES, given, wanted)

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize("sizes", [(1, 3, 2), (5, 3, 2), (4, 4, 4), (3, 1, 6), (2, 7, 1)], ids=str)
    def test_they_equal_autograd(self, lesson: Any, sizes: tuple[int, int, int], dtype: torch.dtype) -> None:
        n, i, o = sizes
        x, weight, bias = (
            numbers(n, i, dtype=dtype),
            numbers(o, i, seed=2, dtype=dtype),
            numbers(o, seed=3, dtype=dtype),
        )
        upstream = numbers(n, o, seed=4, dtype=dtype)

        given = asked(lesson.linear_backward, upstream, x, weight)

        agree(self.NAMES, given, autograd(F.linear, upstream, x, weight, bias))

    def test_they_are_what_is_measured(self, lesson: Any, reference: Any) -> None:
        x, weight, upstream = numbers(3, 2), numbers(4, 2, seed=2), numbers(3, 4, seed=3)

        given = asked(lesson.linear_backward, upstream, x, weight)

        measured = reference.numerical_gradient(lambda w: (F.linear(x, w) * upstream).sum(), weight)
        alike("the gradient of weight", given[1], measured)


@pytest.mark.exercise(
    "cross_entropy_backward",
    level=3,
    hints=(
        "Derive it for one image: what does -log(softmax) become when its exponentials are written out?",
        "The probabilities come from a softmax along the classes; torch's is stable. What is taken off at the label?",
        "F.one_hot(labels, classes) has the 1 where the label is. And the mean over the batch is a factor of its own.",
    ),
)
class TestCrossEntropyBackward:
    """cross_entropy_backward."""

    def test_one_image_worked_out_by_hand(self, lesson: Any) -> None:
        scores = torch.tensor([[0.0, 1.0]])

        given = asked(lesson.cross_entropy_backward, scores, torch.tensor([0]))

        p = exp(1) / (1 + exp(1))
        expect.close(
            "the gradient of the scores 0 and 1, label 0", given, torch.tensor([[-p, p]]), "e / (1 + e) = 0.731"
        )

    def test_two_images_of_equal_scores_worked_out_by_hand(self, lesson: Any) -> None:
        given = asked(lesson.cross_entropy_backward, torch.zeros(2, 4), torch.tensor([3, 1]))

        wanted = torch.tensor([[1.0, 1.0, 1.0, -3.0], [1.0, -3.0, 1.0, 1.0]]) / 8
        alike("the gradient", given, wanted)

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize(("n", "classes"), [(1, 10), (3, 10), (7, 2), (4, 5)])
    def test_it_equals_autograd(self, lesson: Any, n: int, classes: int, dtype: torch.dtype) -> None:
        scores, labels = numbers(n, classes, dtype=dtype) * 3, (torch.arange(n) * 3 + 1) % classes

        given = asked(lesson.cross_entropy_backward, scores, labels)

        (wanted,) = autograd(lambda s: F.cross_entropy(s, labels), None, scores)
        alike("the gradient of the scores", given, wanted)

    @pytest.mark.parametrize("size", [1_000.0, -1_000.0, 1e30])
    def test_large_scores_stay_finite(self, lesson: Any, size: float) -> None:
        scores, labels = torch.tensor([[size, 0.0, size], [0.0, 1.0, 2.0]]), torch.tensor([1, 2])

        given = asked(lesson.cross_entropy_backward, scores, labels)

        (wanted,) = autograd(lambda s: F.cross_entropy(s, labels), None, scores)
        expect.close(f"the gradient for scores of {size:g}", given, wanted)

    def test_each_row_sums_to_0(self, lesson: Any) -> None:
        given = asked(lesson.cross_entropy_backward, numbers(5, 10), torch.tensor([0, 9, 4, 4, 1]))

        total = expect.tensor("the gradient", given, (5, 10)).sum(dim=1)
        expect.close(
            "the sum of each row", total, torch.zeros(5).double(), "Probabilities sum to 1, and 1 is taken off."
        )


@pytest.mark.exercise(
    "max_pool2d_backward",
    level=4,
    hints=(
        "Take one window: which of its four numbers made the output? It alone gets the window's gradient.",
        "Lay the windows out so that the four numbers of each stand in a dimension of their own; argmax names the "
        "first largest.",
        "reshape to (N, C, H/2, 2, W/2, 2), bring the two 2s together, scatter the upstream gradient to where argmax "
        "says, and go the way back.",
    ),
)
class TestMaxPool2dBackward:
    """max_pool2d_backward."""

    def test_one_window_worked_out_by_hand(self, lesson: Any) -> None:
        x = torch.tensor([[[[1.0, 5.0], [3.0, 2.0]]]])

        given = asked(lesson.max_pool2d_backward, torch.tensor([[[[7.0]]]]), x)

        alike("the gradient", given, torch.tensor([[[[0.0, 7.0], [0.0, 0.0]]]]))

    def test_four_windows_worked_out_by_hand(self, lesson: Any) -> None:
        x = torch.tensor([[[[9.0, 1.0, 2.0, 3.0], [0.0, 4.0, 8.0, 1.0], [1.0, 1.0, 0.0, 6.0], [7.0, 2.0, 5.0, 3.0]]]])

        given = asked(lesson.max_pool2d_backward, torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), x)

        rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 4.0], [3.0, 0.0, 0.0, 0.0]]
        alike("the gradient", given, torch.tensor([[rows]]))

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize("shape", [(1, 1, 2, 2), (2, 3, 4, 6), (3, 6, 28, 28), (2, 2, 6, 4)], ids=str)
    def test_it_equals_autograd(self, lesson: Any, shape: tuple[int, ...], dtype: torch.dtype) -> None:
        x = numbers(*shape, dtype=dtype)
        upstream = numbers(*shape[:2], shape[2] // 2, shape[3] // 2, seed=2, dtype=dtype)

        given = asked(lesson.max_pool2d_backward, upstream, x)

        (wanted,) = autograd(lambda t: F.max_pool2d(t, 2), upstream, x)
        alike("the gradient of x", given, wanted)

    @pytest.mark.parametrize("shape", [(2, 2, 5, 5), (1, 2, 4, 7), (1, 1, 3, 2)], ids=str)
    def test_a_last_row_or_column_that_fills_no_window_gets_none(self, lesson: Any, shape: tuple[int, ...]) -> None:
        x, upstream = numbers(*shape), numbers(*shape[:2], shape[2] // 2, shape[3] // 2, seed=2)

        given = asked(lesson.max_pool2d_backward, upstream, x)

        (wanted,) = autograd(lambda t: F.max_pool2d(t, 2), upstream, x)
        alike("the gradient of x", given, wanted)

    @pytest.mark.parametrize(
        "window", [[4.0, 4, 4, 4], [1, 4, 4, 4], [1, 1, 4, 4], [4, 1, 4, 1], [1, 4, 1, 4], [0, 0, 0, 0]], ids=str
    )
    def test_of_several_largest_the_first_one_gets_it(self, lesson: Any, window: list[float]) -> None:
        x = torch.tensor(window, dtype=torch.float32).view(1, 1, 2, 2)

        given = asked(lesson.max_pool2d_backward, torch.tensor([[[[5.0]]]]), x)

        (wanted,) = autograd(lambda t: F.max_pool2d(t, 2), torch.tensor([[[[5.0]]]]), x)
        expect.close(f"the gradient of the window {window}", given, wanted, "Left to right, then down.")

    def test_negative_numbers_have_a_largest_too(self, lesson: Any) -> None:
        x, upstream = -numbers(2, 3, 4, 4).abs(), numbers(2, 3, 2, 2, seed=2)

        given = asked(lesson.max_pool2d_backward, upstream, x)

        (wanted,) = autograd(lambda t: F.max_pool2d(t, 2), upstream, x)
        alike("the gradient of x", given, wanted)

    def test_a_transposed_x_is_pooled_as_it_is_read(self, lesson: Any) -> None:
        x, upstream = numbers(2, 3, 4, 6).transpose(2, 3), numbers(2, 3, 3, 2, seed=2)

        given = asked(lesson.max_pool2d_backward, upstream, x)

        (wanted,) = autograd(lambda t: F.max_pool2d(t, 2), upstream, x)
        alike("the gradient of x", given, wanted)


@pytest.mark.exercise(
    "conv2d_backward",
    level=5,
    hints=(
        "One place (i, j) of the kernel at a time: it meets the pixels x[:, :, i:i+H', j:j+W'], one for each output.",
        "Its gradient is the sum, over images and outputs, of upstream times the pixel met; for each pair of an "
        "outgoing and an incoming map.",
        "The pixels met get upstream times the kernel's number, summed over the outgoing maps, and added to what "
        "other places of the kernel gave them. torch.einsum writes each sum in one line.",
    ),
)
class TestConv2dBackward:
    """conv2d_backward."""

    NAMES = ("x", "weight", "bias")

    def test_a_kernel_of_two_worked_out_by_hand(self, lesson: Any) -> None:
        x, weight = torch.tensor([[[[1.0, 3.0, 2.0]]]]), torch.tensor([[[[10.0, 100.0]]]])

        given = asked(lesson.conv2d_backward, torch.tensor([[[[3.0, 5.0]]]]), x, weight)

        wanted = torch.tensor([[[[30.0, 350.0, 500.0]]]]), torch.tensor([[[[18.0, 19.0]]]]), torch.tensor([8.0])
        agree(self.NAMES, given, wanted)

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize(
        "sizes",
        [
            (1, 1, 1, 4, 4, 3, 3),
            (2, 3, 4, 6, 7, 3, 2),
            (3, 2, 2, 5, 5, 5, 5),
            (2, 4, 3, 4, 4, 1, 1),
            (4, 1, 6, 8, 8, 5, 5),
        ],
        ids=str,
    )
    def test_they_equal_autograd(self, lesson: Any, sizes: tuple[int, ...], dtype: torch.dtype) -> None:
        n, c, o, height, width, kh, kw = sizes
        x, weight = numbers(n, c, height, width, dtype=dtype), numbers(o, c, kh, kw, seed=2, dtype=dtype)
        upstream = numbers(n, o, height - kh + 1, width - kw + 1, seed=3, dtype=dtype)

        given = asked(lesson.conv2d_backward, upstream, x, weight)

        agree(self.NAMES, given, autograd(F.conv2d, upstream, x, weight, numbers(o, seed=4, dtype=dtype)))

    def test_they_are_what_is_measured(self, lesson: Any, reference: Any) -> None:
        x, weight, upstream = numbers(2, 2, 4, 4), numbers(3, 2, 3, 3, seed=2), numbers(2, 3, 2, 2, seed=3)

        given = asked(lesson.conv2d_backward, upstream, x, weight)

        measured = reference.numerical_gradient(lambda t: (F.conv2d(t, weight) * upstream).sum(), x)
        alike("the gradient of x", given[0], measured)


@pytest.mark.exercise(
    "lenet_gradients",
    level=4,
    hints=(
        "Write forward as in lesson 1, and give a name to all that a backward function will ask for: the input of each "
        "layer, and what went into each ReLU and each pool.",
        "Backwards in the other order: cross-entropy, fc3, ReLU, fc2, ReLU, fc1, a view to (N, 16, 5, 5), pool, ReLU, "
        "conv2, pool, ReLU, conv1.",
        "Each layer gives three gradients: that of its input is the upstream one of what comes before; the other two "
        "are kept by name. The pool comes after ReLU in forward, so it comes before it on the way back.",
    ),
)
class TestLenetGradients:
    """lenet_gradients."""

    @staticmethod
    def right(net: Any, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return autograd's gradients."""
        names, parameters = zip(*net.named_parameters(), strict=True)
        loss = F.cross_entropy(net(images), labels)
        return dict(zip(names, torch.autograd.grad(loss, parameters), strict=True))

    def test_all_ten_are_returned_by_name_in_order(self, lesson: Any) -> None:
        net = lenet()

        given = asked(lesson.lenet_gradients, net, numbers(2, 1, 32, 32, dtype=torch.float32), torch.tensor([3, 1]))

        expect.true("what is returned", isinstance(given, dict), "a dictionary", type(given).__name__)
        expect.equal("the names of the gradients", list(given), [name for name, _ in net.named_parameters()])

    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    @pytest.mark.parametrize("count", [1, 5])
    def test_they_equal_autograd(self, lesson: Any, count: int, dtype: torch.dtype) -> None:
        net = lenet().to(dtype)
        images, labels = numbers(count, 1, 32, 32, dtype=dtype), (torch.arange(count) * 3 + 1) % 10

        given = asked(lesson.lenet_gradients, net, images, labels)

        for name, wanted in self.right(net, images, labels).items():
            alike(
                f"the gradient of {name}", expect.tensor(f"the gradient of {name}", given.get(name)), wanted, rtol=1e-3
            )

    @pytest.mark.parametrize("old", ["none", "old gradients"])
    def test_the_network_is_left_as_it_is(self, lesson: Any, old: str) -> None:
        net = lenet()
        for parameter in net.parameters():
            parameter.grad = None if old == "none" else torch.ones_like(parameter)

        with unchanged(net):
            asked(lesson.lenet_gradients, net, numbers(2, 1, 32, 32, dtype=torch.float32), torch.tensor([3, 1]))

    def test_a_step_along_them_makes_the_loss_smaller(self, lesson: Any) -> None:
        net, images, labels = lenet(), numbers(8, 1, 32, 32, dtype=torch.float32), torch.arange(8)
        before = F.cross_entropy(net(images), labels).item()

        given = asked(lesson.lenet_gradients, net, images, labels)

        with torch.no_grad():
            for name, parameter in net.named_parameters():
                parameter.sub_(0.01 * expect.tensor(f"the gradient of {name}", given.get(name), tuple(parameter.shape)))
        after = F.cross_entropy(net(images), labels).item()
        expect.true("the loss after a small step", after < before, f"less than {before:.4f}", f"{after:.4f}")


@pytest.mark.speed("conv2d_backward")
class SpeedOfConv2dBackward:
    """The learner's conv2d_backward beside the solution's."""

    def test_32_images_of_conv2(self, contestant: Any, benchmark: Any) -> None:
        x, weight, upstream = seeded(32, 6, 14, 14), seeded(16, 6, 5, 5), seeded(32, 16, 10, 10)

        benchmark(contestant.conv2d_backward, upstream, x, weight)
