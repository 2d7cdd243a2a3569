"""torch's compiler is imported when something is compiled, and not by the first step of an optimizer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]
STEP = """
import sys
from kata.checking import lazy_dynamo
lazy_dynamo.install()
import torch
weight = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([weight], lr=0.5, momentum=0.9)
weight.sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.load_state_dict(optimizer.state_dict())
assert weight.tolist() == [0.5, 0.5]
"""
AFTERWARDS = {
    "nothing": "assert 'torch._dynamo.config' not in sys.modules",
    "who looks around": "import inspect; inspect.stack(); "
    "[getattr(one, '__file__', None) for one in list(sys.modules.values())]; "
    "assert 'torch._dynamo.config' not in sys.modules",
    "what is compiled": "f = torch.compile(lambda x: x + 1, backend='eager'); assert f(torch.ones(1)).item() == 2; "
    "assert torch._dynamo.utils.counters['frames']['ok'] == 1",
    "a part of it": "import torch._dynamo.config; assert torch._dynamo.config.verbose in (True, False); "
    "optimizer.step(); assert torch._dynamo.graph_break.__module__.startswith('torch')",
    "a group of processes": "import os, tempfile, torch.distributed as dist\n"
    "os.environ['MASTER_ADDR'] = '127.0.0.1'\n"
    "with lazy_dynamo.hidden():\n"
    "    dist.init_process_group('gloo', init_method=f'file://{tempfile.mktemp()}', rank=0, world_size=1)\n"
    "assert 'torch._dynamo.config' not in sys.modules\n"
    "optimizer.step()\n"
    "assert 'torch._dynamo.config' not in sys.modules",
}


@pytest.mark.parametrize("afterwards", AFTERWARDS.values(), ids=AFTERWARDS)
def test_an_optimizer_steps_without_the_compiler_and_then_comes(afterwards: str) -> None:
    done = fresh.run("-c", f"import warnings; warnings.simplefilter('ignore')\n{STEP}{afterwards}", cwd=ROOT)

    assert done.returncode == 0, done.stderr


def test_in_a_cold_process_an_optimizer_steps_without_the_compiler() -> None:
    code = STEP + AFTERWARDS["nothing"]
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_one_that_is_there_already_is_left_in_place() -> None:
    done = fresh.run("-c", "import torch._dynamo as before" + STEP + "assert torch._dynamo is before", cwd=ROOT)

    assert done.returncode == 0, done.stderr
