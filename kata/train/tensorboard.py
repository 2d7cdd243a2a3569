"""Log a run for TensorBoard: losses and accuracy by epoch, the kernels of the first layer, the graph."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from typing import Any

FOLDER = "tensorboard"
_PACKAGE = "tensorboard"


def why_not() -> str:
    """Return why TensorBoard cannot be used, or ""."""
    if importlib.util.find_spec(_PACKAGE) is not None:
        return ""
    return '--tensorboard needs the package tensorboard: pip install -e ".[tensorboard]"'


class Log:
    """Logs a run for TensorBoard, in a folder beside the run's other files.

    Args:
        run: a `TrainingRun`; entries after its last epoch are purged.
    """

    def __init__(self, run: Any) -> None:
        from torch.utils.tensorboard import SummaryWriter

        writer: Any = SummaryWriter
        self.run = run
        self.writer = writer(run.folder / FOLDER, purge_step=run.epoch + 1)
        if not run.epoch:
            self._add_graph(run)

    def _add_graph(self, run: Any) -> None:
        image, _ = run.test_loader.dataset[0]
        was_training = run.net.training
        with (
            warnings.catch_warnings(),
            contextlib.suppress(RuntimeError),
        ):  # a network that cannot be traced has no graph
            warnings.simplefilter("ignore")
            self.writer.add_graph(run.net.eval(), image[None].to(run.device))
        run.net.train(was_training)

    def add(self) -> None:
        """Log the last epoch."""
        from kata.train.pictures import kernels  # imports matplotlib

        row, epoch = self.run.rows[-1], self.run.epoch
        for name, key in (("loss/train", "train_loss"), ("loss/test", "test_loss"), ("accuracy/test", "test_accuracy")):
            self.writer.add_scalar(name, row[key], epoch)
        self.writer.add_figure("kernels of the first layer", kernels(self.run.net), epoch)

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        """Flush and close."""
        self.writer.close()
