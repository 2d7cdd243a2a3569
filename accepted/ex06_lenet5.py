"""Lesson 6: right answers written in other ways. Style is never graded; each of these must pass."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parameter import Parameter

from kata.authoring import accepted, body, drop, exercise, insert, replace

exercise("LeNet5.__init__")

with_extras = accepted(
    insert("self.pool = nn.MaxPool2d(2)\nself.relu = nn.ReLU()\nself.flatten = nn.Flatten()", after="super"),
    replace("(1, 6, 5)", "(in_channels=1, out_channels=6, kernel_size=(5, 5))"),
    replace("nn.Linear(120, 10)", "nn.Linear(120, 10, bias=True)"),
)
another_order = accepted(
    body("""
        nn.Module.__init__(self)
        self.output, self.c5 = nn.Linear(120, 10), nn.Conv2d(16, 120, 5, padding="valid")
        self.c3, self.c1 = nn.Conv2d(6, 16, 5), nn.Conv2d(1, 6, 5)
        nn.init.xavier_uniform_(self.c1.weight)
    """)
)

exercise("LeNet5.forward")

with_modules = accepted(
    body("""
        pool, relu = nn.MaxPool2d(2, 2), nn.ReLU(inplace=True)
        x = pool(relu(self.c1(x)))
        x = relu(pool(self.c3(x)))
        x = relu(self.c5(x))
        return self.output(x.view(x.size(0), -1))
    """)
)
by_functions = accepted(
    body("""
        x = torch.max_pool2d(self.c1(x).clamp(min=0), 2).relu()
        x = F.adaptive_max_pool2d(F.conv2d(x, self.c3.weight, self.c3.bias).relu(), 5)
        x = F.linear(x.flatten(1), self.c5.weight.flatten(1), self.c5.bias).relu_()
        return self.output(x)
    """),
    says="The same stations as functions.",
)
squeezed_twice = accepted(replace("x.flatten(1)", "x.squeeze(3).squeeze(2)"))

exercise("LeNet5.probabilities")

by_functional = accepted(body("return F.softmax(self.forward(x), dim=-1)"))
by_logarithms = accepted(
    body("return torch.exp(torch.log_softmax(self(x), 1))"),
    says="Logarithms first: the way to go on with them, to a loss for instance.",
)
by_hand = accepted(
    body("""
        scores = self(x)
        powers = (scores - scores.amax(dim=1, keepdim=True)).exp()
        return powers / powers.sum(dim=1, keepdim=True)
    """),
    says="Softmax from its definition, with the largest score taken off: finite for all scores.",
)
a_module = accepted(body("return nn.Softmax(dim=1)(self(x))"))

exercise("ScaledTanh.forward")

a_method = accepted(body("return (x * (2 / 3)).tanh().mul(1.7159)"))
by_sigmoid = accepted(
    body("return 1.7159 * (2 * torch.sigmoid(2 * (2.0 * x / 3.0)) - 1)"),
    says="tanh is a sigmoid, stretched and moved: 2 sigmoid(2x) - 1.",
)
in_place_on_its_own = accepted(body("return F.tanh(x.mul(2).div_(3)).mul(1.7159)"))

exercise("Subsampling.__init__")

drawn = accepted(
    body("""
        super(Subsampling, self).__init__()
        self.channels = channels
        self.bias = Parameter(torch.rand(channels))
        self.coefficient = torch.nn.Parameter(torch.full((channels,), 0.25), requires_grad=True)
    """)
)
registered = accepted(
    body("""
        super().__init__()
        self.register_parameter("coefficient", nn.Parameter(torch.empty(channels).normal_()))
        self.register_parameter("bias", nn.Parameter(torch.zeros(channels)))
    """)
)

exercise("Subsampling.forward")

by_slices = accepted(
    body("""
        n, c, height, width = x.shape
        if height % 2 == 1 or width % 2 == 1:
            raise ValueError(f"x: height and width must be even, got {list(x.shape)}")
        total = x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]
        return self.coefficient[:, None, None] * total + self.bias[:, None, None]
    """),
    says="Four shifted views added up: the definition as it stands.",
)
by_a_view = accepted(
    body("""
        n, c, h, w = x.shape
        if (h | w) & 1:
            raise ValueError(f"x must have even sides, not {h}, {w}")
        total = x.reshape(n, c, h // 2, 2, w // 2, 2).sum(dim=(3, 5))
        return torch.einsum("c,nchw->nchw", self.coefficient, total) + self.bias.reshape(1, c, 1, 1)
    """),
    says="Height and width each become two dimensions: the sum goes over the small ones.",
)
by_groups = accepted(
    replace("4 * F.avg_pool2d(x, 2)", "F.conv2d(x, x.new_ones(x.size(1), 1, 2, 2), stride=2, groups=x.size(1))"),
    says="A convolution with ones for each map: pooling is a convolution that nobody trains.",
)
with_a_divisor = accepted(
    replace("4 * F.avg_pool2d(x, 2)", "F.avg_pool2d(x, 2, divisor_override=1)"),
    says="avg_pool2d with the divisor 1 is the sum: one call.",
)
by_lp_pool = accepted(
    replace("4 * F.avg_pool2d(x, 2)", "F.unfold(x.flatten(0, 1).unsqueeze(1), 2, stride=2).sum(1)"),
    insert("total = total.view(*x.shape[:2], x.size(2) // 2, -1)", after="total ="),
)

exercise("SparseConv.__init__")

counted = accepted(
    body("""
        super().__init__()
        count = 0
        for row in table:
            if not row:
                raise ValueError(f"table: the row {row} is empty")
            for number in row:
                if number < 0 or list(row).count(number) > 1:
                    raise ValueError(f"bad table row: {row}")
                count += 1
        self.table = tuple(map(tuple, table))
        self.kernel_size = kernel_size
        self.weight = nn.Parameter(torch.randn(count, kernel_size, kernel_size) / kernel_size)
        self.bias = nn.Parameter(torch.zeros(len(table)))
    """)
)
with_buffers = accepted(
    insert(
        """
        mask = torch.zeros(len(self.table), max(map(max, self.table)) + 1, dtype=torch.bool)
        for number, row in enumerate(self.table):
            mask[number, list(row)] = True
        self.register_buffer("mask", mask, persistent=False)
    """,
        after="self.bias",
    )
)

exercise("SparseConv.forward")

loops = accepted(
    body("""
        kernel, maps = 0, []
        for number, row in enumerate(self.table):
            total = self.bias[number]
            for column in row:
                total = total + F.conv2d(x[:, column : column + 1], self.weight[kernel][None, None])
                kernel += 1
            maps.append(total)
        return torch.cat(maps, dim=1)
    """),
    says="The table read aloud; 60 small convolutions take many times as long as one.",
)
row_by_row = accepted(
    body("""
        pieces = self.weight.split([len(row) for row in self.table])
        maps = [F.conv2d(x[:, list(row)], piece.unsqueeze(0)) for row, piece in zip(self.table, pieces)]
        return torch.cat(maps, dim=1) + self.bias.view(1, -1, 1, 1)
    """),
    says="One convolution for each outgoing map: clear, and a third as slow as 60.",
)
by_index_put = accepted(
    replace(
        "weight[rows, columns] = self.weight",
        "weight = weight.index_put((torch.tensor(rows), torch.tensor(columns)), self.weight)",
    ),
    says="Puts all kernels in place with one call that gradients pass through.",
)
by_groups_of_maps = accepted(
    body("""
        gathered = x[:, [column for row in self.table for column in row]]
        each = F.conv2d(gathered, self.weight.unsqueeze(1), groups=len(self.weight))
        places = torch.tensor([number for number, row in enumerate(self.table) for _ in row], device=x.device)
        total = each.new_zeros(len(x), len(self.table), *each.shape[2:]).index_add(1, places, each)
        return total + self.bias[:, None, None]
    """)
)

exercise("EuclideanRBF.__init__")

cloned_first = accepted(
    body("""
        super().__init__()
        if len(prototypes.shape) != 2:
            raise ValueError(f"prototypes: 2 dimensions are wanted, not {prototypes.ndim}")
        with torch.no_grad():
            self.register_buffer("prototypes", prototypes.clone())
    """)
)
a_buffer_object = accepted(
    replace("self.register_buffer(", "self.prototypes = nn.Buffer("), replace('"prototypes", prototypes', "prototypes")
)

exercise("EuclideanRBF.forward")

squares_apart = accepted(
    body("""
        own = (x * x).sum(dim=1, keepdim=True)
        theirs = (self.prototypes * self.prototypes).sum(dim=1)
        return own - 2 * x @ self.prototypes.T + theirs
    """),
    says="x^2 - 2xp + p^2: a matrix product instead of N x 10 x 84 differences; it loses digits near 0.",
)
row_at_a_time = accepted(body("return torch.stack([((row - self.prototypes) ** 2).sum(-1) for row in x])"))
by_cdist = accepted(
    body("return torch.cdist(x, self.prototypes, compute_mode='donot_use_mm_for_euclid_dist') ** 2"),
    says="torch's own distances, squared again.",
)

exercise("initialise")

by_nn_init = accepted(
    body("""
        for layer, fan_in in ((net.c1, 25), (net.c5, 16 * 25), (net.f6, 120)):
            nn.init.uniform_(layer.weight, -2.4 / fan_in, 2.4 / fan_in)
            nn.init.uniform_(layer.bias, -2.4 / fan_in, 2.4 / fan_in)
        for layer in (net.s2, net.s4):
            for parameter in layer.parameters():
                nn.init.uniform_(parameter, -0.6, 0.6)
        first = 0
        for number, row in enumerate(net.c3.table):
            bound = 2.4 / (25 * len(row))
            for kernel in range(first, first + len(row)):
                nn.init.uniform_(net.c3.weight[kernel], -bound, bound)
            nn.init.uniform_(net.c3.bias[number], -bound, bound)
            first += len(row)
    """),
    says="nn.init says what happens, and switches gradients off itself.",
)
by_kinds = accepted(
    body("""
        for layer in net.children():
            if isinstance(layer, SparseConv):
                sizes = torch.tensor([25.0 * len(row) for row in layer.table])
                each = sizes.repeat_interleave((sizes / 25).long())
                layer.weight.data = (torch.rand_like(layer.weight) * 2 - 1) * (2.4 / each)[:, None, None]
                layer.bias.data = (torch.rand_like(layer.bias) * 2 - 1) * 2.4 / sizes
            elif isinstance(layer, Subsampling):
                layer.coefficient.data.uniform_(-0.6, 0.6)
                layer.bias.data.uniform_(-0.6, 0.6)
            elif isinstance(layer, (nn.Conv2d, nn.Linear)):
                bound = 2.4 / math.prod(layer.weight.shape[1:])
                layer.weight.data.uniform_(-bound, bound)
                layer.bias.data.uniform_(-bound, bound)
    """)
)

exercise("LeNet5Paper.__init__")

with_squash = accepted(
    insert("self.squash = ScaledTanh()", after="super"),
    replace("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, kernel_size=(5, 5), stride=1)"),
    replace("SparseConv(C3_TABLE, 5)", "SparseConv([list(row) for row in C3_TABLE], kernel_size=5)"),
)
added = accepted(
    body("""
        super(LeNet5Paper, self).__init__()
        parts = [("c1", nn.Conv2d(1, 6, 5)), ("s2", Subsampling(6)), ("c3", SparseConv(C3_TABLE, 5))]
        parts += [("s4", Subsampling(channels=16)), ("c5", nn.Conv2d(16, 120, 5)), ("f6", nn.Linear(120, 84))]
        for name, part in [*parts, ("output", EuclideanRBF(prototypes()))]:
            self.add_module(name, part)
        initialise(self)
    """)
)

exercise("LeNet5Paper.forward")

one_by_one = accepted(
    body("""
        for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
            x = ScaledTanh()(layer(x))
        x = ScaledTanh()(self.f6(x.reshape(len(x), 120)))
        return self.output(x)
    """)
)
by_a_formula = accepted(
    replace("squash = ScaledTanh()", "squash = lambda a: 1.7159 * torch.tanh(a * 2 / 3)"),
    replace("squash(self.c5(x)).flatten(1)", "squash(self.c5(x))[:, :, 0, 0]"),
)

exercise("map_loss")

by_logaddexp = accepted(
    body("""
        if not j > 0:
            raise ValueError(f"j: {j} is not positive")
        right = penalties[torch.arange(len(labels)), labels]
        others = torch.logaddexp(torch.logsumexp(-penalties, 1), torch.as_tensor(-j).to(penalties))
        return torch.mean(right + others)
    """),
    says="log(a + b) of two logarithms, stable: made for this.",
)
by_cross_entropy = accepted(
    body("""
        if j <= 0:
            raise ValueError(f"j = {j}, and must be more than 0")
        junk = torch.full_like(penalties[:, :1], j)
        return F.cross_entropy(-torch.cat([junk, penalties], dim=1), labels + 1)
    """),
    says="The same loss as a cross-entropy with one class more, whose score is -j.",
)
one_hot = accepted(
    replace(
        "penalties.gather(1, labels.unsqueeze(1)).squeeze(1)",
        "(F.one_hot(labels, penalties.size(1)) * penalties).sum(dim=1)",
    ),
    replace("(right + exponents.logsumexp(dim=1)).mean()", "right.mean() + exponents.logsumexp(dim=1).mean()"),
)
