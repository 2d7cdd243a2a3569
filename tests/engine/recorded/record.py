"""Record what the accelerator of this machine does with the lines of `card.json`.

Usage: python -m tests.engine.recorded.record

It needs a card with CUDA, and writes the file anew. Lines that are to be recorded for the first time are added to it
before, as ``"line": []``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch

from tests.engine.recorded.lines import outcome

FILE = Path(__file__).with_name("card.json")


def write(version: str, card: str, lines: dict[str, list[Any]]) -> None:
    """Write what was recorded, a line of the file for each."""
    rows = ",\n".join(f"{json.dumps(line)}: {json.dumps(found)}" for line, found in lines.items())
    FILE.write_text(f'{{"torch": "{version}", "card": "{card}", "lines": {{\n{rows}\n}}}}\n')


def main() -> None:
    """Run all lines."""
    if not torch.cuda.is_available():
        sys.exit("there is no card with CUDA here: nothing was recorded")
    lines = {line: outcome(line) for line in json.loads(FILE.read_text())["lines"]}
    write(torch.__version__, torch.cuda.get_device_name(), lines)
    print(f"{len(lines)} lines recorded on {torch.cuda.get_device_name()}")


if __name__ == "__main__":
    main()
