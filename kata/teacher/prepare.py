"""Note where each known mistake of a lesson leaves the solution: python -m kata.teacher.prepare ROOT LESSON."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kata.content.files import environment_with
from kata.teacher.material import Material
from kata.teacher.unit import laid_out


class BadLesson(RuntimeError):
    """A lesson of the teacher's own that cannot be graded with."""


def prepared(material: Material) -> Material:
    """Return the lesson with its index, worked out in a process of its own: seconds, once for a bank.

    Raises:
        BadLesson: its bank cannot be used.
    """
    with laid_out(material, material.stub) as root:
        words = [sys.executable, "-m", "kata.teacher.prepare", str(root), material.lesson]
        environment = environment_with(root, Path(__file__).parents[2], OMP_NUM_THREADS="1", TMPDIR=str(root))
        done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BadLesson(f"the bank mistakes/{material.lesson} cannot be used: {done.stderr.strip()[-300:]}")
        return material.with_index((root / material.index_path).read_bytes())


def main() -> None:
    """Make the index of one lesson."""
    import torch

    from kata.content.lesson import Lesson
    from kata.diagnosis.diagnosis import Diagnoser

    torch.set_num_threads(1)
    Diagnoser(Lesson(Path(sys.argv[1]), sys.argv[2])).prepare()


if __name__ == "__main__":
    main()
