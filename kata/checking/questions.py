"""Questions about modules that several specs ask, made of those of `expect`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from kata.checking import expect
from kata.checking.networks import seeded
from kata.checking.snapshot import untouched


def alike(right: Any, yours: Any) -> Any:
    """Give the reference the parameters of the learner's module, name by name."""
    with torch.no_grad():
        for name, parameter in right.named_parameters():
            parameter.copy_(part(yours, name))
    return right


def part(module: Any, name: str) -> Any:
    """Return an attribute of a module, with dots, or say that it is missing."""
    for step in name.split("."):
        what, module = f"`{name}` of your {type(module).__name__}", getattr(module, step, None)
        expect.true(what, module is not None, "there", "missing", f"Assign it to self: self.{step} = ...")
    return module


def parameter(module: Any, name: str, *shape: int) -> Tensor:
    """Return a parameter of a module, which must have that shape."""
    found, what = part(module, name), f"{'net' if '.' in name else 'layer'}.{name}"
    expect.true(what, isinstance(found, nn.Parameter), "an nn.Parameter", f"a {type(found).__name__}")
    expect.equal(f"{what}.dtype", str(found.dtype), "torch.float32")
    expect.equal(f"{what}.requires_grad", found.requires_grad, True)
    expect.true(what, bool(found.isfinite().all()), "finite numbers", "not all finite")
    return expect.tensor(what, found, shape)


def count(module: nn.Module) -> int:
    """Return how many numbers a module trains."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def is_module(module: Any, name: str) -> None:
    """Ask for an nn.Module whose own __init__ has run."""
    ready = isinstance(module, nn.Module) and "_parameters" in vars(module)
    expect.true(name, ready, "an nn.Module whose __init__ has run", "none", "Call super().__init__() first.")


def is_random(make: Callable[[], Any], names: tuple[str, ...]) -> None:
    """Ask that two modules share nothing, start with other numbers, and leave the seed to the caller."""
    torch.manual_seed(3)
    one, two = make(), make()
    for name in names:
        first, second = part(one, name), part(two, name)
        expect.true(f"{name} of two networks", first is not second, "two tensors", "one and the same")
        expect.true(f"{name} of two networks", not torch.equal(first, second), "random", "the same numbers")


def gradients_agree(yours: Any, right: Any, x: Tensor) -> None:
    """Ask that gradients reach every parameter and the input, and equal the reference's."""
    mine, its = x.clone().requires_grad_(), x.clone().requires_grad_()
    upstream = seeded(*right(its).shape, seed=9)
    given = expect.tensor("the result", yours(mine), tuple(upstream.shape))
    expect.true("the result", given.requires_grad, "a tensor with a graph behind it", "one without")
    (given * upstream).sum().backward()  # backward(upstream) would import sympy
    (right(its) * upstream).sum().backward()
    for name, wanted in right.named_parameters():
        what = f"{name}.grad after backward"
        assert wanted.grad is not None
        expect.close(what, expect.tensor(what, part(yours, name).grad), wanted.grad, rtol=1e-3, atol=1e-4)
    assert its.grad is not None
    expect.close("x.grad after backward", mine.grad, its.grad, rtol=1e-3, atol=1e-4)


def is_pure(yours: Any, x: Tensor) -> None:
    """Ask that a call leaves input, parameters and random state as they are, and gives the same again."""
    before, state = x.clone(), torch.get_rng_state()
    with untouched(yours, "the module"):
        first = expect.tensor("the result", yours(x)).detach().clone()

    expect.close("x after the call", x, before, "It is the caller's.")
    expect.equal("whether torch's random state is as before", torch.equal(state, torch.get_rng_state()), True)
    expect.close("the result when asked again", yours(x), first)
    with torch.no_grad():
        expect.equal("whether anything is recorded under torch.no_grad()", yours(x).requires_grad, False)


def rows_are_apart(yours: Any, x: Tensor) -> None:
    """Ask that each row of the result depends on its own image only."""
    other = x.clone()
    other[1] = x[1].flip(0) * -2 + 0.5

    first, second = yours(x).detach(), yours(other).detach()

    kept = [i for i in range(len(x)) if i != 1]
    expect.close("the result for the other images, when one image is replaced", second[kept], first[kept])
