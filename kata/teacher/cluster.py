"""Grade on the workers of a Dask cluster (pip install -e .[cluster])."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from kata.learner.progress import Unknown
from kata.teacher.grading import Unit
from kata.teacher.pool import Pool
from kata.teacher.unit import Graded, Limits, Material, grade

_own = threading.local()  # each thread of a worker has a server of its own, which imports torch once


class Cluster:
    """The workers of a Dask cluster.

    Args:
        address: of its scheduler: ``tcp://host:8786``.
        limits: for each unit.

    Raises:
        Unknown: the package is missing, or the scheduler does not answer.
    """

    def __init__(self, address: str, limits: Limits) -> None:
        self.limits = limits
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise Unknown("--scheduler needs the package distributed: pip install -e .[cluster]") from None
        try:
            self._client: Any = Client(address, timeout=5, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise Unknown(f"nobody answers at {address}: {error}") from None

    def each(self, units: list[Unit], materials: dict[str, Material]) -> Iterator[tuple[Unit, Graded]]:
        """Yield each unit with its result; the work of a lost worker is repeated by another."""
        from distributed import as_completed

        by_key = {unit.key: unit for unit in units}
        with self._client as client:
            needed = {unit.lesson for unit in units}
            everywhere = {name: client.scatter(materials[name], broadcast=True) for name in sorted(needed)}
            futures = [
                client.submit(_grade, everywhere[one.lesson], one.source, self.limits, key=f"kata-{one.key}", retries=2)
                for one in units
            ]
            for future in as_completed(futures, loop=client.loop):
                yield by_key[future.key.removeprefix("kata-")], future.result()
                future.release()


def _grade(material: Material, source: bytes, limits: Limits) -> Graded:
    """Grade one unit in a worker."""
    if not hasattr(_own, "pool"):
        _own.pool = Pool(1)
    pool: Pool = _own.pool
    return next(answer for _, answer in pool.each([None], lambda _, run: grade(material, source, limits, run)))
