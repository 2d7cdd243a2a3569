"""Machines that are not at hand: what torch says of their accelerators, put in its mouth when a process starts."""

from __future__ import annotations

from pathlib import Path

_PATCH = '''
import importlib.abc, importlib.util, sys, warnings

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets torch.accelerator load, then puts other answers in."""
    def find_spec(self, name, path=None, target=None):
        if name != "torch.accelerator":
            return None
        sys.meta_path.remove(self)
        self.found = importlib.util.find_spec(name)
        return importlib.util.spec_from_file_location(
            name, self.found.origin, loader=self, submodule_search_locations=self.found.submodule_search_locations)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        self.found.loader.exec_module(module)
        change(module)

sys.meta_path.insert(0, Finder())

def change(accelerator):
    import torch
    def is_available():
        BODY
    accelerator.is_available = is_available
    accelerator.current_accelerator = lambda check_available=False: torch.device("cuda")
'''

OUT_OF_MEMORY = "CUDA initialization: Unexpected error from cudaGetDeviceCount(). Error 2: out of memory"
BODIES = {
    "warns": f"warnings.warn({OUT_OF_MEMORY!r}); return False",
    "raises": "raise RuntimeError('the driver is too old')",
    "has none": "return True",
}


def environment_of(folder: Path, kind: str) -> dict[str, str]:
    """Return what makes a process believe that it runs on such a machine: one of `BODIES`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_PATCH.replace("BODY", BODIES[kind]))
    return {"PYTHONPATH": str(folder)}
