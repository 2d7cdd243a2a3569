"""Spec of lesson 1: what LeNet's parts do, and what they leave alone."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from kata.authoring import expect

LAYERS = ["conv1", "conv2", "fc1", "fc2", "fc3"]
WEIGHT_SHAPES = {
    "conv1": [6, 1, 5, 5],
    "conv2": [16, 6, 5, 5],
    "fc1": [120, 400],
    "fc2": [84, 120],
    "fc3": [10, 84],
}


def images(count: int, seed: int = 1) -> Tensor:
    """Return (count, 1, 32, 32) float32 images, the same for the same seed."""
    return torch.randn(count, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


def layer(net: Any, name: str) -> Any:
    """Return the layer of that name, or say that it is missing."""
    found = getattr(net, name, None)
    expect.true(f"net.{name}", found is not None, "a layer", "missing", "Keep it as an attribute: self." + name)
    expect.true(
        f"net.{name}",
        isinstance(getattr(found, "weight", None), Tensor),
        "one layer with a weight",
        f"a {type(found).__name__}",
    )
    return found


def strong_weights(net: Any) -> Any:
    """Give the network weights whose outputs are large and of both signs, so that no mistake hides."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name in LAYERS:
            weight, bias = layer(net, name).weight, layer(net, name).bias
            fan_in = weight[0].numel()
            weight.copy_(torch.randn(weight.shape, generator=generator) * 3 / fan_in**0.5)
            bias.copy_(torch.randn(bias.shape, generator=generator))
    return net


def ready(lesson: Any) -> Any:
    """Return the learner's network with strong weights."""
    return strong_weights(lesson.LeNet())


def scores_of(net: Any, x: Tensor) -> Tensor:
    """Return ``net(x)``, which must be a tensor."""
    return expect.tensor("net(x)", net(x))


def all_parameters(net: Any) -> list[Tensor]:
    """Return the ten tensors by the names of their layers."""
    return [tensor for name in LAYERS for tensor in (layer(net, name).weight, layer(net, name).bias)]


@pytest.mark.exercise(
    "LeNet.__init__",
    level=1,
    hints=(
        "nn.Module keeps track of every layer that you assign to self. It can only do so once its own "
        "constructor has run.",
        "Two kinds of layers are needed: nn.Conv2d is given input maps, output maps and the side of its "
        "kernel; nn.Linear is given how many numbers go in and how many come out. Each layer takes in what "
        "the one before gives out.",
        "Five assignments to self, one per row of the table. The weight of a convolution has the shape "
        "(output maps, input maps, 5, 5), that of a linear layer (outputs, inputs): read the arguments "
        "from there, and mind that the constructor takes inputs first.",
    ),
)
class TestInit:
    """LeNet.__init__."""

    def test_a_network_can_be_made_and_is_an_nn_module(self, lesson: Any) -> None:
        net = lesson.LeNet()

        expect.true(
            "LeNet()",
            isinstance(net, nn.Module),
            "an nn.Module",
            "none",
            "Its class must be declared as a child of nn.Module.",
        )
        expect.true(
            "LeNet()",
            "_parameters" in vars(net),
            "an nn.Module whose own __init__ has run",
            "one where it has not",
            "Call super().__init__() first.",
        )

    @pytest.mark.parametrize("name", LAYERS)
    def test_layer_has_weight_and_bias_of_the_right_shape(self, lesson: Any, name: str) -> None:
        shape = WEIGHT_SHAPES[name]
        order = "output maps, input maps, kernel" if name.startswith("conv") else "outputs, inputs"

        found = layer(lesson.LeNet(), name)

        expect.equal(f"net.{name}.weight.size()", found.weight.size(), shape, f"The order is {order}.")
        expect.true(
            f"net.{name}.bias", found.bias is not None, "a tensor of one number per output", "missing (bias=False?)"
        )
        expect.equal(f"net.{name}.bias.size()", found.bias.size(), shape[:1])

    def test_the_parameters_are_10_tensors(self, lesson: Any) -> None:
        net = lesson.LeNet()

        expect.equal(
            "len(list(net.parameters()))", len(list(net.parameters())), 10, "Five layers, a weight and a bias each."
        )
        registered = {id(parameter) for parameter in net.parameters()}
        for tensor in all_parameters(net):
            expect.true("each layer's weight and bias", id(tensor) in registered, "in net.parameters()", "not there")

    def test_the_parameters_are_61706_numbers(self, lesson: Any) -> None:
        numbers = sum(parameter.numel() for parameter in lesson.LeNet().parameters())

        expect.equal("the count of all numbers in net.parameters()", numbers, 61_706)

    @pytest.mark.parametrize("name", ["conv1", "conv2"])
    def test_convolution_moves_by_one_pixel_and_adds_no_border(self, lesson: Any, name: str) -> None:
        found = layer(lesson.LeNet(), name)
        x = torch.randn(3, found.weight.size(1), 14, 14)

        given = expect.tensor(f"net.{name}(x) for x {tuple(x.shape)}", found(x), (3, found.weight.size(0), 10, 10))

        wanted = nn.functional.conv2d(x, found.weight, found.bias)
        expect.close(f"net.{name}(x)", given, wanted, "It must be a plain convolution.")

    @pytest.mark.parametrize("name", ["fc1", "fc2", "fc3"])
    def test_linear_layer_is_plain(self, lesson: Any, name: str) -> None:
        found = layer(lesson.LeNet(), name)
        x = torch.randn(3, found.weight.size(1))

        expect.close(f"net.{name}(x)", found(x), nn.functional.linear(x, found.weight, found.bias))

    def test_parameters_are_float32_finite_and_have_gradients(self, lesson: Any) -> None:
        for name in LAYERS:
            found = layer(lesson.LeNet(), name)
            for what, tensor in ((f"net.{name}.weight", found.weight), (f"net.{name}.bias", found.bias)):
                expect.equal(f"{what}.dtype", str(tensor.dtype), "torch.float32")
                expect.equal(f"{what}.requires_grad", tensor.requires_grad, True)
                expect.true(what, bool(tensor.isfinite().all()), "finite numbers", "not all finite")

    def test_two_networks_share_nothing(self, lesson: Any) -> None:
        one, two = lesson.LeNet(), lesson.LeNet()

        shared = {id(p) for p in one.parameters()} & {id(p) for p in two.parameters()}
        expect.equal("the count of tensors that two networks share", len(shared), 0, "Make the layers in __init__.")
        before = layer(two, "conv1").weight.detach().clone()
        with torch.no_grad():
            layer(one, "conv1").weight.add_(1)
        expect.close("the weight of another network's conv1", layer(two, "conv1").weight, before)

    def test_weights_start_at_random(self, lesson: Any) -> None:
        states = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            net = lesson.LeNet()
            states.append(torch.get_rng_state())

        expect.true(
            "torch's random state after LeNet()",
            not torch.equal(*states),
            "what the caller's seed makes it",
            "the same for every seed",
            "Does __init__ call torch.manual_seed? Seeding is the caller's business.",
        )
        for name in LAYERS:
            weight = layer(net, name).weight
            expect.true(
                f"net.{name}.weight",
                bool((weight != weight.flatten()[0]).any()),
                "random",
                "the same number everywhere",
            )

    def test_network_starts_in_train_mode(self, lesson: Any) -> None:
        expect.equal("LeNet().training", lesson.LeNet().training, True)

    def test_print_names_the_five_layers(self, lesson: Any) -> None:
        text = str(lesson.LeNet())

        missing = [name for name in LAYERS if f"({name}): " not in text]
        expect.equal("the layers that print(net) does not name", missing, [])


@pytest.mark.exercise(
    "LeNet.num_flat_features",
    level=1,
    hints=(
        "x.size() tells all dimensions of a tensor. Which of them is not a feature of an image?",
        "The first dimension is the batch: leave it out. A box of 16 by 5 by 5 has as many cells as the three "
        "sides multiplied.",
        "Start with the number that changes nothing in a product, go over the sizes from the second one on, "
        "multiply, and return the result after the loop.",
    ),
)
class TestNumFlatFeatures:
    """LeNet.num_flat_features."""

    @staticmethod
    def ask(lesson: Any, *shape: int) -> tuple[str, Any]:
        """Return the question and the learner's answer for a tensor of that shape."""
        return f"net.num_flat_features(x) for x {shape}", lesson.LeNet().num_flat_features(torch.zeros(shape))

    def test_maps_16_of_5x5_have_400_features(self, lesson: Any) -> None:
        what, given = self.ask(lesson, 1, 16, 5, 5)

        expect.whole_number(what, given, 400, "16 * 5 * 5")

    def test_the_batch_does_not_count(self, lesson: Any) -> None:
        what, given = self.ask(lesson, 3, 16, 5, 5)

        expect.whole_number(what, given, 400, "Three images have as many features each as one.")

    @pytest.mark.parametrize(
        ("shape", "features"),
        [((7, 6, 14, 14), 1176), ((2, 3, 4, 5), 60), ((5, 1, 32, 32), 1024), ((4, 2, 7, 1), 14)],
        ids=["6 maps of 14x14", "3 maps of 4x5", "an image", "2 maps of 7x1"],
    )
    def test_other_maps_are_counted_as_they_are(self, lesson: Any, shape: tuple[int, ...], features: int) -> None:
        what, given = self.ask(lesson, *shape)

        expect.whole_number(what, given, features, " * ".join(map(str, shape[1:])))

    @pytest.mark.parametrize(
        ("x", "features"),
        [
            (torch.zeros(2, 8, 5, 5)[:, ::2], 100),
            (torch.zeros(2, 1, 5, 5).expand(2, 3, 5, 5), 75),
            (torch.zeros(2, 4, 3, 5).transpose(2, 3), 60),
        ],
        ids=["every other map", "one map shown three times", "maps on their side"],
    )
    def test_views_are_counted_by_their_sizes(self, lesson: Any, x: torch.Tensor, features: int) -> None:
        what = f"net.num_flat_features(x) for a view x {tuple(x.shape)}"

        why = " * ".join(map(str, x.shape[1:]))
        expect.whole_number(what, lesson.LeNet().num_flat_features(x), features, why)

    def test_the_tensor_is_left_as_it_is(self, lesson: Any) -> None:
        x = torch.arange(24.0).reshape(2, 3, 2, 2)
        before = x.clone()

        lesson.LeNet().num_flat_features(x)

        expect.close("x after the call", x, before)


@pytest.mark.exercise(
    "LeNet.forward",
    level=2,
    hints=(
        "Follow one image through the drawing at the top of the file, and print x.size() after each line.",
        "After each layer but the last comes a ReLU, and after each convolution a 2x2 max-pooling as well. A "
        "linear layer reads rows: between the last pooling and fc1 each image's maps must become one row.",
        "torch.nn.functional has relu and max_pool2d. A view with -1 in place of the batch and your own count "
        "of features in the second place makes the rows. Return what the last layer gives.",
    ),
)
class TestForward:
    """LeNet.forward."""

    def test_one_image_gives_ten_scores(self, lesson: Any) -> None:
        expect.tensor("net(x) for one image (1, 1, 32, 32)", ready(lesson)(images(1)), (1, 10), torch.float32)

    @pytest.mark.parametrize("count", [2, 3, 7, 10], ids="{} images".format)
    def test_a_batch_gives_a_row_of_ten_scores_per_image(self, lesson: Any, count: int) -> None:
        expect.tensor(f"net(x) for {count} images", ready(lesson)(images(count)), (count, 10), torch.float32)

    def test_scores_are_those_of_a_network_worked_out_by_hand(self, lesson: Any) -> None:
        """One bright pixel of 2 passes conv1's and conv2's single weights, then each linear layer's."""
        net = lesson.LeNet()
        with torch.no_grad():
            for tensor in all_parameters(net):
                tensor.zero_()
            net.conv1.weight[0, 0, 2, 2] = 3.0  # 2 * 3 = 6 at the pixel's place
            net.conv2.weight[1, 0, 2, 2] = 0.5  # 6 * 0.5 = 3 in map 1
            net.conv2.bias[2] = -1.0  # a map that ReLU must silence
            net.fc1.weight[0, 1 * 25 : 2 * 25] = 1.0  # the numbers of map 1: 3
            net.fc1.weight[0, 2 * 25 : 3 * 25] = 1.0  # those of map 2: nothing
            net.fc2.weight[5, 0] = -1.0
            net.fc2.bias[5] = 4.0  # 4 - 3 = 1
            net.fc3.weight[:, 5] = 1.0
            net.fc3.bias.copy_(torch.arange(10.0) - 5)  # -5 ... 4, plus 1
        x = torch.zeros(1, 1, 32, 32)
        x[0, 0, 16, 16] = 2.0

        expect.close("net(x), worked out by hand", net(x), torch.arange(-4.0, 6.0).reshape(1, 10))

    @pytest.mark.parametrize("mode", ["train", "eval"])
    @pytest.mark.parametrize("count", [3, 7], ids="{} images".format)
    def test_scores_equal_those_of_the_reference_with_your_weights(
        self, lesson: Any, reference: Any, count: int, mode: str
    ) -> None:
        net, right = ready(lesson), strong_weights(reference.LeNet())
        net.train(mode == "train")

        expect.close(f"net(x) in {mode} mode", scores_of(net, images(count)), right(images(count)))

    @pytest.mark.parametrize("scale", [0.0, 0.01, 50.0], ids="{} times as bright".format)
    def test_scores_are_right_for_dark_and_bright_images(self, lesson: Any, reference: Any, scale: float) -> None:
        net, right = ready(lesson), strong_weights(reference.LeNet())
        x = images(3) * scale

        expect.close("net(x)", scores_of(net, x), right(x), rtol=1e-3, atol=1e-4 * max(scale, 1))

    def test_rows_do_not_influence_one_another(self, lesson: Any) -> None:
        net, x = ready(lesson), images(4)
        other = x.clone()
        other[2] = images(1, seed=5)[0]

        first, second = scores_of(net, x), scores_of(net, other)

        kept = torch.tensor([0, 1, 3])
        expect.close("the scores of the other images, when one image is replaced", second[kept], first[kept].detach())

    def test_asking_twice_gives_the_same_scores(self, lesson: Any) -> None:
        net, x = ready(lesson), images(3)

        first = scores_of(net, x).detach().clone()

        expect.close("net(x) asked a second time", net(x), first, "Nothing in forward is random or remembered.")

    def test_random_state_is_left_alone(self, lesson: Any) -> None:
        net, x = ready(lesson), images(3)
        before = torch.get_rng_state()

        net(x)

        expect.true(
            "torch's random state after net(x)", torch.equal(torch.get_rng_state(), before), "as before", "changed"
        )

    def test_images_and_weights_are_left_as_they_are(self, lesson: Any) -> None:
        net, x = ready(lesson), images(3)
        weights = [tensor.detach().clone() for tensor in all_parameters(net)]
        before = x.clone()

        net(x)

        expect.close("the images after net(x)", x, before, "They are the caller's.")
        for now, then in zip(all_parameters(net), weights, strict=True):
            expect.close("a weight after net(x)", now, then)
        expect.equal("net.training after net(x)", net.training, True)

    def test_gradients_reach_all_ten_tensors(self, lesson: Any, reference: Any) -> None:
        net, right = ready(lesson), strong_weights(reference.LeNet())
        scores = scores_of(net, images(3))
        upstream = torch.randn(scores.shape)

        expect.true("net(x).grad_fn", scores.grad_fn is not None, "the graph behind the scores", "None")
        (scores * upstream).sum().backward()
        (right(images(3)) * upstream).sum().backward()

        for name in LAYERS:
            for kind in ("weight", "bias"):
                given, wanted = getattr(layer(net, name), kind).grad, getattr(getattr(right, name), kind).grad
                what = f"net.{name}.{kind}.grad after backward"
                expect.tensor(what, given)
                expect.close(what, given, wanted, rtol=1e-3, atol=1e-3)

    def test_gradients_reach_the_images(self, lesson: Any) -> None:
        x = images(3).requires_grad_()

        ready(lesson)(x).sum().backward()

        expect.tensor("x.grad after backward", x.grad, (3, 1, 32, 32))

    def test_nothing_is_recorded_where_the_caller_asks_for_no_gradients(self, lesson: Any) -> None:
        with torch.no_grad():
            scores = scores_of(ready(lesson), images(3))

        expect.equal("net(x).requires_grad under torch.no_grad()", scores.requires_grad, False)

    def test_scores_are_right_on_every_device(self, lesson: Any, reference: Any, device: str) -> None:
        net, right = ready(lesson).to(device), strong_weights(reference.LeNet())

        scores = expect.tensor(f"net(x) on {device}", net(images(3).to(device)), (3, 10))

        expect.equal(f"net(x).device for a network on {device}", scores.device.type, device.partition(":")[0])
        expect.close(f"net(x) on {device}", scores.cpu(), right(images(3)), rtol=1e-3, atol=1e-4)


@pytest.mark.speed("LeNet.forward")
class SpeedOfForward:
    """LeNet.forward, yours beside the solution's."""

    def test_scores_of_64_images(self, contestant: Any, benchmark: Any) -> None:
        net, x = contestant.LeNet(), images(64)

        benchmark(net, x)
