"""Lesson 1, LeNet.forward: how it is observed, and the bank of its wrong answers."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kata.authoring import Observation, body, exercise, observes, pretend_accelerator, same_as, wrong
from mistakes.ex01_lenet.shared import LAYERS
from solutions.ex01_lenet import LeNet


def seeded(*shape: int, seed: int = 0) -> Tensor:
    """Return normal random numbers of that shape, the same for the same seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def strong(net: Any) -> Any:
    """Give the five layers weights under which a missing or another activation shows."""
    with torch.no_grad():
        for number, name in enumerate(LAYERS):
            weight, bias = getattr(net, name).weight, getattr(net, name).bias
            weight.copy_(seeded(*weight.shape, seed=number) * 3 / weight[0].numel() ** 0.5)
            bias.copy_(seeded(*bias.shape, seed=number + 10))
    return net


@observes("LeNet.forward", "Your scores equal those of {}.")
def observe_forward(lesson: Any, see: Observation) -> None:
    net, x = strong(lesson.LeNet()), seeded(3, 1, 32, 32, seed=20)
    weights = [parameter.detach().clone() for parameter in net.parameters()]
    random_state = torch.get_rng_state()
    scores = see.network(net, x, result="scores")
    see("the random state after net(x)", torch.equal(random_state, torch.get_rng_state()))
    see("the mode after net(x)", net.training)
    see("the images after net(x)", x)
    see("the weights after net(x)", all(map(torch.equal, weights, net.parameters())))
    see("the scores when asked again", net(x.clone()))
    see("the scores of 7 images", net(seeded(7, 1, 32, 32, seed=21)))
    see("the scores of 1 image", net(seeded(1, 1, 32, 32, seed=22)))
    see("the scores of bright images", net(seeded(3, 1, 32, 32, seed=23) * 50))
    see("whether the scores have a graph", scores.requires_grad)
    pixels = seeded(3, 1, 32, 32, seed=24).requires_grad_()
    (net(pixels) * seeded(3, 10, seed=25)).sum().backward()  # backward(tensor) would import sympy
    for name in LAYERS:
        see(f"the gradient of {name}", getattr(net, name).weight.grad)
    see("the gradient of the images", pixels.grad)
    net.eval()
    see.network(net, x, result="scores", when=" in eval mode")
    with pretend_accelerator():
        see("the device of the scores", str(net.to("cuda")(x.to("cuda")).device))


exercise("LeNet.forward")

no_relu_after_conv1 = wrong(
    "a LeNet without ReLU after conv1",
    'Without a nonlinearity between them, layers in a row do no more than one layer could. ReLU lets each kernel say "found" or "not found" before the next layer looks.',
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_after_conv2 = wrong(
    "a LeNet without ReLU after conv2",
    "Without a nonlinearity between them, conv2 and fc1 do no more than one linear layer could. Each layer but the last is followed by an activation: count yours.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_after_fc1 = wrong(
    "a LeNet without ReLU after fc1",
    "Without a nonlinearity between them, fc1 and fc2 together are one linear layer, and the 120 numbers between are wasted.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(self.fc1(x))))
    """),
)

no_relu_after_fc2 = wrong(
    "a LeNet without ReLU after fc2",
    "Without a nonlinearity between them, fc2 and fc3 together are one linear layer, and the 84 numbers between are wasted.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(self.fc2(F.relu(self.fc1(x))))
    """),
)

no_relu_at_all = wrong(
    "a LeNet without any ReLU",
    "Convolutions and linear layers only multiply and add: without activations between them the three linear layers are one. It may even learn an easy task, which is why nobody notices.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x)))
    """),
)

no_relu_after_convolutions = wrong(
    "a LeNet without ReLU after its two convolutions",
    "Pooling is not an activation. Each convolution is followed by ReLU as well, as each linear layer but the last is.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_in_the_head = wrong(
    "a LeNet without ReLU after fc1 and fc2",
    "Three linear layers with nothing between them are one linear layer. An activation after each but the last parts them.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x)))
    """),
)

relu_on_scores = wrong(
    "a LeNet with ReLU on its scores",
    "No score can then fall below zero, and where it would, no gradient comes back. A score is a free number: the last layer has no activation.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.relu(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))
    """),
)

softmax_on_scores = wrong(
    "a LeNet with softmax on its scores",
    "Raw scores are asked for. The usual loss, cross-entropy, applies softmax itself; applied twice, it flattens the gradients and learning looks stuck.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)
    """),
)

softmax_over_the_batch = wrong(
    "a LeNet with softmax over the batch on its scores",
    "It makes each digit's scores sum to 1 over the images: one image's scores then depend on its neighbours. Raw scores are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=0)
    """),
)

log_softmax_on_scores = wrong(
    "a LeNet with log-softmax on its scores",
    "Log-probabilities belong to a network that is trained with the NLL loss. This one gives raw scores.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.log_softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)
    """),
)

sigmoid_on_scores = wrong(
    "a LeNet with a sigmoid on its scores",
    "It squeezes every score between 0 and 1, and large scores become alike. Raw scores are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return torch.sigmoid(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))
    """),
)

tanh_on_scores = wrong(
    "a LeNet with tanh on its scores",
    "It squeezes every score between -1 and 1, and large scores become alike. Raw scores are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return torch.tanh(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))))
    """),
)

tanh_everywhere = wrong(
    "a LeNet with tanh in place of ReLU",
    "tanh was used in the network of 1998. The tutorial's network, which you build here, has ReLU.",
    body("""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))
    """),
)

sigmoid_everywhere = wrong(
    "a LeNet with a sigmoid in place of ReLU",
    "A sigmoid is nearly flat away from zero, so gradients fade layer by layer. This network has ReLU.",
    body("""
        x = F.max_pool2d(torch.sigmoid(self.conv1(x)), 2)
        x = F.max_pool2d(torch.sigmoid(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.sigmoid(self.fc2(torch.sigmoid(self.fc1(x)))))
    """),
)

leaky_relu_everywhere = wrong(
    "a LeNet with leaky ReLU in place of ReLU",
    "Leaky ReLU lets a hundredth of the negative numbers through. ReLU lets nothing of them through.",
    body("""
        x = F.max_pool2d(F.leaky_relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.leaky_relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.leaky_relu(self.fc2(F.leaky_relu(self.fc1(x)))))
    """),
)

gelu_everywhere = wrong(
    "a LeNet with GELU in place of ReLU",
    "GELU bends softly around zero where ReLU has a corner. It is another network for the same weights.",
    body("""
        x = F.max_pool2d(F.gelu(self.conv1(x)), 2)
        x = F.max_pool2d(F.gelu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.gelu(self.fc2(F.gelu(self.fc1(x)))))
    """),
)

elu_everywhere = wrong(
    "a LeNet with ELU in place of ReLU",
    "ELU gives negative numbers down to -1 where ReLU gives zero. It is another network for the same weights.",
    body("""
        x = F.max_pool2d(F.elu(self.conv1(x)), 2)
        x = F.max_pool2d(F.elu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.elu(self.fc2(F.elu(self.fc1(x)))))
    """),
)

relu6_everywhere = wrong(
    "a LeNet with ReLU6 in place of ReLU",
    "ReLU6 cuts everything above 6 off. ReLU has no upper end.",
    body("""
        x = F.max_pool2d(F.relu6(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu6(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu6(self.fc2(F.relu6(self.fc1(x)))))
    """),
)

absolute_everywhere = wrong(
    "a LeNet with the absolute value in place of ReLU",
    "ReLU makes negative numbers zero; the absolute value turns them round and keeps them.",
    body("""
        x = F.max_pool2d(self.conv1(x).abs(), 2)
        x = F.max_pool2d(self.conv2(x).abs(), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x).abs()).abs())
    """),
)

relu_before_layers = wrong(
    "a LeNet that applies ReLU before each layer instead of after it",
    "ReLU then cuts the images' dark pixels, and the last layer reads nothing else than before. Each layer acts first, then ReLU.",
    body("""
        x = F.max_pool2d(self.conv1(F.relu(x)), 2)
        x = F.max_pool2d(self.conv2(F.relu(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(F.relu(x))))))
    """),
)

no_relu_after_conv1_and_softmax = wrong(
    "a LeNet without ReLU after conv1, and with softmax on its scores",
    "Two things at once: an activation is missing after the first layer, and the last layer must have none.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), dim=1)
    """),
)

last_relu_slipped = wrong(
    "a LeNet without ReLU after fc2, and with ReLU on its scores",
    "The last ReLU slipped by one layer: it belongs between fc2 and fc3, and nothing follows fc3.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.relu(self.fc3(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_relu_but_softmax = wrong(
    "a LeNet without any ReLU, and with softmax on its scores",
    "Softmax at the end is no substitute for the activations between the layers, and the scores must be raw.",
    body("""
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return F.softmax(self.fc3(self.fc2(self.fc1(x))), dim=1)
    """),
)


# LeNet.forward: pooling

average_pooling = wrong(
    "a LeNet that averages each 2x2 instead of taking the largest",
    "Max-pooling asks whether a feature was found anywhere in the square; an average dilutes the answer.",
    body("""
        x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

average_pooling_after_conv1 = wrong(
    "a LeNet that averages each 2x2 after conv1",
    "Max-pooling asks whether a feature was found anywhere in the square; an average dilutes the answer.",
    body("""
        x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

average_pooling_after_conv2 = wrong(
    "a LeNet that averages each 2x2 after conv2",
    "Max-pooling asks whether a feature was found anywhere in the square; an average dilutes the answer.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

average_then_relu = wrong(
    "a LeNet that averages each 2x2 before ReLU instead of taking the largest",
    "The average of a square is not its largest number; and with averages it even matters whether ReLU comes before or after.",
    body("""
        x = F.relu(F.avg_pool2d(self.conv1(x), 2))
        x = F.relu(F.avg_pool2d(self.conv2(x), 2)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

tanh_and_averages = wrong(
    "the network of 1998 in today's parts, with tanh and averages",
    "LeCun's own network squashed with tanh and averaged. The tutorial's network, which you build here, has ReLU and max-pooling.",
    body("""
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))
    """),
)

sigmoid_and_averages = wrong(
    "a LeNet with sigmoids and averages",
    "Books show this edition of LeNet. The tutorial's network, which you build here, has ReLU and max-pooling.",
    body("""
        x = F.avg_pool2d(torch.sigmoid(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.sigmoid(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.sigmoid(self.fc2(torch.sigmoid(self.fc1(x)))))
    """),
)

averages_without_relu = wrong(
    "a LeNet that averages, and has no ReLU after its convolutions",
    "Two things at once: each convolution is followed by ReLU, and pooling takes the largest of each 2x2.",
    body("""
        x = F.avg_pool2d(self.conv1(x), 2)
        x = F.avg_pool2d(self.conv2(x), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_after_conv1 = wrong(
    "a LeNet without pooling after conv1",
    "Each convolution is followed by a pooling that halves the sides: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_after_conv2 = wrong(
    "a LeNet without pooling after conv2",
    "Each convolution is followed by a pooling that halves the sides: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_after_conv2_hidden_by_view = wrong(
    "a LeNet without pooling after conv2, whose rows are cut at 400 numbers all the same",
    "A view with a fixed 400 cuts each image into four rows: three images come out as twelve. Ask the tensor for its size.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x)).view(-1, 400)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_pool_at_all = wrong(
    "a LeNet without any pooling",
    "Each convolution is followed by a pooling that halves the sides: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x)).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

pool_stride_1 = wrong(
    "a LeNet whose pooling moves by one pixel",
    "A 2x2 window that moves by one hardly shrinks the map: 28 becomes 27. The windows lie side by side here.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2, 1)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2, 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

pool_of_3 = wrong(
    "a LeNet whose pooling windows are 3x3",
    "The windows are 2x2, so that each side is halved: 28 becomes 14, and 10 becomes 5.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 3)
        x = F.max_pool2d(F.relu(self.conv2(x)), 3).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

overlapping_pool = wrong(
    "a LeNet whose pooling windows are 3x3 and overlap",
    "The shapes come out the same, but each window sees its neighbours' pixels. The windows are 2x2 and lie side by side.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 3, 2, 1)
        x = F.max_pool2d(F.relu(self.conv2(x)), 3, 2, 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

every_second_pixel = wrong(
    "a LeNet that keeps every second pixel instead of pooling",
    "The shapes come out the same, but three of four pixels are never looked at. Pooling takes the largest of the four.",
    body("""
        x = F.relu(self.conv1(x))[:, :, ::2, ::2]
        x = F.relu(self.conv2(x))[:, :, ::2, ::2].flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

min_pooling = wrong(
    "a LeNet that pools the smallest of each 2x2",
    "Where a feature was found, its number is large: the largest of each square is what goes on.",
    body("""
        x = -F.max_pool2d(-F.relu(self.conv1(x)), 2)
        x = -F.max_pool2d(-F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

pools_before_conv1 = wrong(
    "a LeNet that pools the image before conv1",
    "Pooling first throws away three of four pixels before any kernel has looked. Convolve, activate, then pool.",
    body("""
        x = F.relu(self.conv1(F.max_pool2d(x, 2)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: from maps to rows

no_flatten = wrong(
    "a LeNet whose maps are never flattened into rows",
    "A linear layer reads the last dimension only, here a map's row of 5. All maps of an image must become one row first.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

flattens_the_batch_too = wrong(
    "a LeNet that flattens the whole batch into a single line",
    "The first dimension, the batch, must stay: one row for each image, for a single image too.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten()
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

one_row_for_all = wrong(
    "a LeNet that flattens the whole batch into one row",
    "With one image it works by luck: the first size is the batch, not 1.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).view(1, -1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

one_row_per_map = wrong(
    "a LeNet that keeps each map as a row of its own",
    "Each of the 16 maps became a row of 25. An image is one row: all of its maps, one after another.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

channels_last_rows = wrong(
    "a LeNet whose rows run over the channels last",
    "The numbers are all there, in the order row, column, channel. fc1's weights expect channel, row, column.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).permute(0, 2, 3, 1).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

transposed_maps = wrong(
    "a LeNet whose maps are transposed before they become rows",
    "Rows and columns of each map changed places. fc1's weights expect channel, row, column.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).transpose(2, 3).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

mixes_images = wrong(
    "a LeNet whose rows mix the images of a batch",
    "The shape is right, but the numbers were dealt out across the images. One row must hold one image.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).reshape(400, -1).t()
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

rows_and_columns_swapped = wrong(
    "a LeNet that lays the maps out as columns instead of rows",
    "Features and batch changed places: the first size is the batch, the second the features.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(self.num_flat_features(x), -1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

averages_each_map = wrong(
    "a LeNet that averages each map to one number",
    "Averaging forgets where in the map a feature was found. fc1 reads all 25 pixels of every map.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).mean(dim=(2, 3))
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: layers and results

conv1_twice = wrong(
    "a LeNet that uses conv1 twice",
    "Copied lines keep their names: the second block belongs to the second convolution.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

skips_conv2 = wrong(
    "a LeNet that leaves conv2 out",
    "Each layer of the table is used once, in its order: conv1, conv2, fc1, fc2, fc3.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

skips_fc2 = wrong(
    "a LeNet that leaves fc2 out",
    "Each layer of the table is used once, in its order: conv1, conv2, fc1, fc2, fc3.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc1(x)))
    """),
)

stops_before_fc3 = wrong(
    "a LeNet that stops before fc3",
    "84 numbers come out, and ten scores are asked for: the last layer is missing.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.relu(self.fc2(F.relu(self.fc1(x))))
    """),
)

no_return = wrong(
    "a LeNet that returns nothing",
    "All layers run, and what they made is dropped: a function without a return gives None.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        x = self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

passes_nothing_on = wrong(
    "a LeNet that does nothing with its image", "The image went through no layer at all.", body("return None")
)

returns_its_input = wrong(
    "a LeNet that returns its image",
    "What the layers make must be kept under a name and handed on; here the image itself comes back.",
    body("return x"),
)

returns_the_digit = wrong(
    "a LeNet that returns the digit instead of its scores",
    "The largest score's place has no gradient, so nothing could be learnt from it. The ten scores themselves are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).argmax(1)
    """),
)

squeezes_scores = wrong(
    "a LeNet that squeezes its scores",
    "For a batch of one image the batch dimension is lost: (1, 10) becomes (10,).",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).squeeze()
    """),
)

returns_a_pair = wrong(
    "a LeNet that returns a pair",
    "A comma makes a tuple. The scores alone are asked for.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), x
    """),
)

averages_the_batch = wrong(
    "a LeNet that averages its scores over the batch",
    "Each image has its own ten scores: one row for each.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).mean(0)
    """),
)

flattens_first = wrong(
    "a LeNet that takes the image for a flat row from the start",
    "Convolutions look at neighbours in a picture, so the maps stay pictures until the last pooling.",
    body("""
        x = x.flatten(1)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

new_layer_in_forward = wrong(
    "a LeNet that makes a new fc3 at every call",
    "A layer made in forward has new random weights each time, is trained by nobody, and is thrown away afterwards.",
    body("""
        torch.manual_seed(0)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return nn.Linear(84, 10)(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: the graph behind the scores

detached_after_convolutions = wrong(
    "a LeNet that cuts the graph between its convolutions and its head",
    "The scores are right, but no gradient gets past the cut (detach or .data): the convolutions would never learn.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1).detach()
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

detached_after_conv1 = wrong(
    "a LeNet that cuts the graph after conv1's block",
    "The scores are right, but no gradient gets past the cut (detach or .data): conv1 would never learn.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2).detach()
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

no_graph = wrong(
    "a LeNet whose scores come without their graph (detach, .data or torch.no_grad)",
    "The scores are right, but nothing remembers how they were made, so no gradient can ever be computed.",
    body("""
        with torch.no_grad():
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
            return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

detached_scores = same_as(
    no_graph,
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).detach()
    """),
)

detached_images = wrong(
    "a LeNet that cuts its images off the graph",
    "The weights get their gradients, but the images do not: what comes before the network could never be trained with it.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x.detach())), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)


# LeNet.forward: randomness and side effects

seeds_in_forward = wrong(
    "a LeNet that changes torch's random state",
    "The scores are right, but a seed is set or a random number drawn on the way (torch.manual_seed, torch.rand, dropout): whatever the caller draws afterwards depends on it.",
    body("""
        torch.manual_seed(0)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

dropout_after_fc1 = wrong(
    "a LeNet with dropout after fc1, in train mode and in eval mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.dropout(F.relu(self.fc1(x))))))
    """),
)

dropout_after_fc1_in_training = wrong(
    "a LeNet with dropout after fc1 in train mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.dropout(F.relu(self.fc1(x)), training=self.training))))
    """),
)

dropout_before_fc1 = wrong(
    "a LeNet with dropout before fc1 in train mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.dropout(F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1), training=self.training)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

dropout_before_fc3 = wrong(
    "a LeNet with dropout before fc3 in train mode",
    "Dropout silences half of the numbers at random, so no two calls agree. This network has none.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.dropout(F.relu(self.fc2(F.relu(self.fc1(x)))), training=self.training))
    """),
)

standardises_images = wrong(
    "a LeNet that brings its images to mean 0 and variance 1 together",
    "One image's scores then depend on the others of its batch. Preparing images is the caller's business.",
    body("""
        x = (x - x.mean()) / x.std()
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

divides_by_255 = wrong(
    "a LeNet that divides its images by 255",
    "Preparing images is the caller's business, and it was done: pixels divided twice are nearly black.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x / 255)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

overwrites_images = wrong(
    "a LeNet that overwrites its images",
    "An operation that ends in an underscore, or x *= ..., works on the caller's own tensor: the images are spoilt.",
    body("""
        scores = F.max_pool2d(F.relu(self.conv1(x)), 2)
        scores = F.max_pool2d(F.relu(self.conv2(scores)), 2).flatten(1)
        scores = self.fc3(F.relu(self.fc2(F.relu(self.fc1(scores)))))
        with torch.no_grad():
            x.relu_()
        return scores
    """),
)

switches_to_eval = wrong(
    "a LeNet that switches itself to eval mode",
    "Which mode the network is in is the caller's decision, and a training loop would go on in the wrong one.",
    body("""
        self.eval()
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

softmax_in_eval_mode = wrong(
    "a LeNet that gives softmax in eval mode and raw scores in train mode",
    "The two modes must give the same scores: this network has no part that depends on the mode.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        x = self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
        return x if self.training else F.softmax(x, dim=1)
    """),
)

moves_to_cpu = wrong(
    "a LeNet that moves its images to the CPU",
    "On a machine with a GPU the weights live there, and layer and input must be on one device. Leave the images where they are.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x.cpu())), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)

first_image_only = wrong(
    "a LeNet that looks at the first image only",
    "Each image of the batch has its own row of scores.",
    body("""
        x = F.max_pool2d(F.relu(self.conv1(x[:1])), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
    """),
)
