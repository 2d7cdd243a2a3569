"""Record what the accelerator of this machine does with the lines of `card.json`.

Usage: python -m tests.engine.recorded.record

It needs a card with CUDA, and writes the file anew. Lines that are to be recorded for the first time are added to it
before, as ``"line": []``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from tests.engine.recorded.lines import outcome

FILE = Path(__file__).with_name("card.json")


def main() -> None:
    """Run all lines."""
    if not torch.cuda.is_available():
        sys.exit("there is no card with CUDA here: nothing was recorded")
    lines = {line: outcome(line) for line in json.loads(FILE.read_text())["lines"]}
    recorded = {"torch": torch.__version__, "card": torch.cuda.get_device_name(), "lines": lines}
    FILE.write_text(json.dumps(recorded, indent=0) + "\n")
    print(f"{len(lines)} lines recorded on {recorded['card']}")


if __name__ == "__main__":
    main()
