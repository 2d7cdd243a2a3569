"""The command `kata` in a process of its own, as tests of whole runs start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def listen_to_ctrl_c() -> None:
    """Take Ctrl-C as a terminal's process does: what a script starts in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def begin(repository: Path, *words: object) -> subprocess.Popen[str]:
    """Start `kata` with these words in a repository; what it says comes out of one pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "kata", *map(str, words)],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=listen_to_ctrl_c,
    )
