"""Lesson 1: define the network.

You build LeNet, the network that learnt to read handwritten digits. It is a plain feed-forward
network: the image goes in, passes through one layer after another, and ten scores come out, one for
each digit. Nothing is trained yet; its numbers are random until lesson 2.

    image          (N,  1, 32, 32)
      conv1          5x5, 1 -> 6 maps
                   (N,  6, 28, 28)   then ReLU, then the largest of each 2x2
                   (N,  6, 14, 14)
      conv2          5x5, 6 -> 16 maps
                   (N, 16, 10, 10)   then ReLU, then the largest of each 2x2
                   (N, 16,  5,  5)   flattened into one row each
                   (N, 400)
      fc1, fc2       400 -> 120 -> 84, each followed by ReLU
      fc3            84 -> 10, nothing after it: a score may be negative
    scores         (N, 10)

N is the batch: how many images go through at once. The images are larger than the digits in them,
32 x 32, so that ends and corners of strokes can lie in the middle of what the last maps see.

After: https://docs.pytorch.org/tutorials/beginner/blitz/neural_networks_tutorial.html
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LeNet(nn.Module):
    """A network that gives each image of a digit ten scores."""

    def __init__(self) -> None:
        """Make the five layers, and keep each as an attribute of that name.

        ======== ================================== ============= ========= =======
        name     layer                              weight        bias      numbers
        ======== ================================== ============= ========= =======
        conv1    convolution, 5x5,  1 ->  6 maps    (6, 1, 5, 5)  (6,)          156
        conv2    convolution, 5x5,  6 -> 16 maps    (16, 6, 5, 5) (16,)       2,416
        fc1      linear, 400 -> 120                 (120, 400)    (120,)     48,120
        fc2      linear, 120 -> 84                  (84, 120)     (84,)      10,164
        fc3      linear,  84 -> 10                  (10, 84)      (10,)         850
        ======== ================================== ============= ========= =======

        The kernels move one pixel at a time, and nothing is added around the images. All weights are
        float32, have a gradient, and start at random. Together: 10 tensors, 61,706 numbers.

        See: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
        """
        raise NotImplementedError

    def num_flat_features(self, x: Tensor) -> int:
        """Count the numbers that each image of a batch holds.

        Args:
            x: a batch of maps, (N, C, H, W), any dtype.

        Returns:
            All dimensions except the batch, multiplied: C * H * W, a whole number. For a batch of
            maps (N, 16, 5, 5) it is 400, whatever N is.

        See: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.size.html
        """
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Pass images through the layers and return their scores.

        conv1, ReLU, 2x2 max-pooling; conv2, ReLU, 2x2 max-pooling; one row of 400 numbers per image (in
        the order channel, row, column); fc1, ReLU; fc2, ReLU; fc3. The same in train and in eval mode.

        Args:
            x: images, (N, 1, 32, 32), float32, on the device of the weights; left as they are.

        Returns:
            Scores, (N, 10), float32, on the same device, with the graph behind them that gradients
            will take. Each row depends on its own image only.

        See: https://docs.pytorch.org/docs/stable/nn.functional.html
        """
        raise NotImplementedError


if __name__ == "__main__":
    net = LeNet()
    print(net)
    print(net(torch.randn(1, 1, 32, 32)))
