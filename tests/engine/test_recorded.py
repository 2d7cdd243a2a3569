"""The pretend accelerator beside a real card: what that did with each line was recorded, or is documented by torch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from kata.checking.pretend import MIXED, pretend_accelerator
from tests.engine.recorded.lines import outcome
from tests.engine.recorded.record import FILE

RECORDED: dict[str, list[Any]] = json.loads(FILE.read_text())["lines"]
REASON = "the sum of these numbers is rounded otherwise on the CPU"
OTHER_WORDS = dict.fromkeys(("float(far.sum())", "far.sum().item()", "str(far.sum())"), REASON)
# What torch's documentation says of lines that no card was asked about: the value, or the name of the error.
DECIDED: dict[str, Any] = {
    # where something lies
    "far.to('cpu').is_cuda": False,
    "far.cpu().is_cpu": True,
    "near.to(device='cuda').device.type": "cuda",
    "near.to(dev, copy=True).device.type": "cuda",
    "far.to(torch.float64).device.type": "cuda",
    "far.to(near).device.type": "cpu",
    "near.type_as(far).device.type": "cuda",
    "far.type_as(near).device.type": "cpu",
    "far.type(torch.float64).device.type": "cuda",
    "far.type('torch.FloatTensor').device.type": "cpu",
    "near.type('torch.cuda.DoubleTensor').device.type": "cuda",
    "isinstance(far, torch.cuda.FloatTensor)": True,
    "isinstance(near, torch.cuda.FloatTensor)": False,
    "far.half().device.type": "cuda",
    "far.bool().device.type": "cuda",
    "far.contiguous().device.type": "cuda",
    "far.squeeze().device.type": "cuda",
    "far.permute(1, 0).device.type": "cuda",
    "far.view_as(near).device.type": "cuda",
    "near.view_as(far).device.type": "cpu",
    "far.reshape_as(near).device.type": "cuda",
    "far.new_full((2,), 1.0).device.type": "cuda",
    "far.new_empty(2).device.type": "cuda",
    "torch.randn_like(far).device.type": "cuda",
    "torch.randint_like(far, 3).device.type": "cuda",
    "torch.zeros_like(far, device='cpu').device.type": "cpu",
    "torch.zeros(2, device=far.device).device.type": "cuda",
    "torch.full((2,), 1.0, device=dev).device.type": "cuda",
    "torch.tensor(far.tolist()).device.type": "cpu",
    "far.softmax(1).device.type": "cuda",
    "F.log_softmax(far, dim=1).device.type": "cuda",
    "F.cross_entropy(far, flabels).device.type": "cuda",
    "F.cross_entropy(far, flabels).item() > 0": True,
    "far.std().device.type": "cuda",
    "far.abs().max().device.type": "cuda",
    "far.min(dim=0).values.device.type": "cuda",
    "far.cumsum(0).device.type": "cuda",
    "far.nonzero().device.type": "cuda",
    "far.unfold(0, 2, 1).device.type": "cuda",
    "F.avg_pool2d(fimage, 2).device.type": "cuda",
    "nn.Flatten()(fimage).device.type": "cuda",
    "nn.Sequential(nn.Flatten(), nn.Linear(64, 2)).to(dev)(fimage).device.type": "cuda",
    # modules
    "next(near_net.to(dev).parameters()).is_cuda": True,
    "near_net.to(dev) is near_net": True,
    "near_net.cuda().cpu().weight.device.type": "cpu",
    "copy.deepcopy(net).to('cpu').weight.device.type": "cpu",
    "net.state_dict()['weight'].device.type": "cuda",
    "nn.BatchNorm1d(3).to(dev).num_batches_tracked.device.type": "cuda",
    "near_net.type(torch.float64).weight.device.type": "cpu",
    "net.double().weight.device.type": "cuda",
    "[b.device.type for b in nn.BatchNorm1d(3).cuda().buffers()]": ["cuda", "cuda", "cuda"],
    # two devices at once
    "near + far[0, 0]": "RuntimeError",
    "torch.zeros(()) + far[0, 0] is None": False,
    "torch.zeros(()).add_(far[0, 0])": "RuntimeError",
    "torch.tensor([near[0, 0], far[0, 0]]).device.type": "cpu",
    "far[torch.tensor([0, 1])].device.type": "cuda",
    "net(far) - net(far).cpu()": "RuntimeError",
    "near.copy_(net(far)[:, :1].expand(4, 3).detach()).device.type": "cpu",
    "torch.vstack([near, far])": "RuntimeError",
    "near @ near.T @ far": "RuntimeError",
    "F.mse_loss(far, near)": "RuntimeError",
    "F.binary_cross_entropy_with_logits(far, (near > 0).float())": "RuntimeError",
    "torch.where(near > 0, near, far)": "RuntimeError",
    "setattr(near_net.weight, 'grad', torch.zeros(2, 3, device=dev))": "RuntimeError",
    "setattr(net.weight, 'grad', torch.zeros(2, 3, device=dev)) or net.weight.grad.device.type": "cuda",
    # to numpy, to Python, into a file and out of it
    "far.numpy(force=True).shape == (4, 3)": True,
    "np.asarray(far)": "TypeError",
    "float(np.mean(far.cpu().numpy())) < 1": True,
    "far.is_pinned()": False,
    "far.pin_memory()": "RuntimeError",
    "torch.save(far, path) or torch.load(path, map_location='cuda').device.type": "cuda",
    "torch.save(far, path) or torch.load(path, map_location=dev + ':0').device.type": "cuda",
    "torch.save([near, far], path) or [x.device.type for x in torch.load(path)]": ["cpu", "cuda"],
    "torch.save(far[:2], path) or torch.load(path).device.type": "cuda",
    "torch.save(far, path) or torch.load(path, map_location='cpu').tolist() == near.tolist()": True,
    "torch.set_default_device(dev) or torch.get_default_device().type": "cuda",
    "torch.set_default_device(dev) or torch.tensor([1.0]).device.type": "cuda",
    "torch.set_default_device(dev) or torch.zeros(2, device='cpu').device.type": "cpu",
    "torch.set_default_device('cpu') or torch.zeros(2).device.type": "cpu",
}

pytestmark = pytest.mark.skipif(
    torch.__version__ < "2.9",
    reason=f"the recording is of torch 2.11, and torch {torch.__version__} has other sentences",
)


@pytest.fixture(autouse=True)
def accelerator() -> Iterator[None]:
    """What is recorded is compared where an accelerator is pretended."""
    with pretend_accelerator():
        yield


# Of what torch says where two devices meet, the pretend accelerator says the generic sentence only.
NAMES_AN_ARGUMENT = re.compile(r"on the same device, but got|^Input type .* should be the same$")


@pytest.mark.parametrize("line", RECORDED)
def test_a_line_ends_as_on_the_card(line: str) -> None:
    found, real = outcome(line), RECORDED[line]
    if real[0] == "raise" and NAMES_AN_ARGUMENT.search(real[2]):
        real = [*real[:2], MIXED]

    assert found[0] == real[0]
    assert found == real or line in OTHER_WORDS


@pytest.mark.parametrize("line", OTHER_WORDS)
def test_what_differs_in_words_still_does(line: str) -> None:
    assert outcome(line) != RECORDED[line]


@pytest.mark.parametrize("line", DECIDED)
def test_a_line_ends_as_torch_says(line: str) -> None:
    found, wanted = outcome(line), DECIDED[line]

    assert found[1] == wanted
    assert (found[0] == "raise") == (type(wanted) is str and wanted.endswith("Error"))
