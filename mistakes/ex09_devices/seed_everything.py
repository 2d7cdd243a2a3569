"""Lesson 9, seed_everything: how it is observed, and the bank of its wrong answers."""

import os
import random
import time
from typing import Any

import numpy as np
import pytest
import torch

from kata.authoring import Observation, body, drop, exercise, fake_machine, insert, observes, replace, same_as, wrong
from mistakes.ex09_devices.shared import outcome

OFTEN_SET = ("PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG")
SEEDS = (5, 6, 5, 0, 1, 2**8, 2**16, 2**31, 2**32 - 1, 2**32 + 5, 2**32 + 6, 2**64 - 1)


def draws() -> list[float]:
    """Return a number of each of the three global sources."""
    return [random.random(), float(np.random.rand()), float(torch.rand(1))]


@observes("seed_everything", "Your random numbers are those of {}.")
def observe_seed_everything(lesson: Any, see: Observation) -> None:
    environment = dict(os.environ)
    for name in OFTEN_SET:
        os.environ.pop(name, None)
    seen: list[list[float]] = []
    for seed in SEEDS:
        given = outcome(lambda seed=seed: lesson.seed_everything(seed))  # type: ignore[misc]  # bound now
        see(f"what comes back for the seed {seed}", type(given).__name__ if not isinstance(given, str) else given)
        seen.append(draws())
        for number, source in enumerate(("Python", "numpy", "torch")):
            numbers = [one[number] for one in seen]
            first = SEEDS[numbers.index(numbers[-1])] if numbers[-1] in numbers[:-1] else "none"
            see(f"the seed so far with which {source} begins as with {seed}", str(first))
    lesson.seed_everything(11)
    own = torch.rand(2, generator=torch.Generator().manual_seed(11))
    see("whether torch begins where its manual_seed does", torch.equal(torch.rand(2), own))
    numpys = np.random.RandomState(11).rand(2)
    see("whether numpy begins where its own seed does", bool((np.random.rand(2) == numpys).all()))
    seeds: list[Any] = []
    with fake_machine("cuda"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "manual_seed_all", seeds.append)
        patch.setattr(torch.cuda, "manual_seed", seeds.append)
        lesson.seed_everything(9)
    see("the seed of the accelerators", sorted({str(one) for one in seeds}))
    see("whether algorithms must be deterministic", torch.are_deterministic_algorithms_enabled())
    see("cudnn's settings", [torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark])
    see("the variables that were set", [name for name in OFTEN_SET if name in os.environ])
    os.environ.clear()
    os.environ.update(environment)


exercise("seed_everything")

torch_only = wrong(
    "one that seeds torch only",
    "Shuffling and augmentation often draw from Python's and numpy's numbers: each has a state of its own.",
    drop("random.seed(seed)"),
    drop("np.random.seed(seed % 2**32)"),
)

without_python = wrong(
    "one that forgets Python's own random numbers",
    "random.shuffle and random.random draw from a state of their own.",
    drop("random.seed(seed)"),
)

without_numpy = wrong(
    "one that forgets numpy",
    "numpy draws from a state of its own.",
    drop("np.random.seed(seed % 2**32)"),
)

without_torch = wrong(
    "one that forgets torch",
    "First weights, dropout and the order of batches come from torch's own state.",
    drop("torch.manual_seed(seed)"),
)

python_only = wrong(
    "one that seeds Python only",
    "numpy and torch draw from states of their own.",
    drop("np.random.seed(seed % 2**32)"),
    drop("torch.manual_seed(seed)"),
)

cpu_only = wrong(
    "one that leaves the accelerators out",
    "Dropout on a GPU draws from the GPU's own state: torch.manual_seed sets that, too.",
    replace("torch.manual_seed(seed)", "torch.default_generator.manual_seed(seed)"),
)

cuda_only = wrong(
    "one that seeds the GPUs and not torch on the CPU",
    "First weights and the order of batches are drawn on the CPU.",
    replace("torch.manual_seed(seed)", "torch.cuda.manual_seed_all(seed)"),
)

fails_with_large_seeds = wrong(
    "one that gives numpy more than its 32 bits",
    "numpy refuses a seed of 2**32 or more: the lowest 32 bits will do.",
    replace("seed % 2**32", "seed"),
)

cuts_large_seeds = wrong(
    "one that gives numpy 2**32 - 1 for all large seeds",
    "Seeds that are cut off become one and the same: the rest of a division keeps them apart.",
    replace("seed % 2**32", "min(seed, 2**32 - 1)"),
)

sixteen_bits = wrong(
    "one that gives numpy fewer than its 32 bits",
    "Seeds that differ only above what is kept become one and the same.",
    replace("seed % 2**32", "seed % 2**16"),
)

masked = same_as(sixteen_bits, replace("seed % 2**32", "seed & 0xFFFF"))

cuts_all_seeds = wrong(
    "one that gives all three the lowest 32 bits",
    "Python and torch take 64: two seeds that differ only above would be one.",
    body("""
        seed = seed % 2**32
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
    """),
)

one_too_few = wrong(
    "one that divides by 2**32 - 1",
    "There are 2**32 numbers of 32 bits, 0 among them: the largest of them would become 0.",
    replace("2**32", "(2**32 - 1)"),
)

fixed_seed = wrong(
    "one that always takes the same seed",
    "The seed is an argument: another one is to give other numbers.",
    body("""
        random.seed(42)
        np.random.seed(42)
        torch.manual_seed(42)
    """),
)

fixed_for_numpy = wrong(
    "one that always gives numpy the same seed",
    "The seed is an argument: another one is to give other numbers.",
    replace("seed % 2**32", "0"),
)

by_the_clock = wrong(
    "one that seeds by the clock",
    "Then no two runs are alike, which is what a seed is for.",
    body("""
        now = time.time_ns() % 2**32
        random.seed(now)
        np.random.seed(now)
        torch.manual_seed(now)
    """),
)

draws_its_own = wrong(
    "one that lets each library draw a seed of its own",
    "torch.seed() and random.seed() without a number begin somewhere new each time.",
    body("""
        random.seed()
        np.random.seed()
        torch.seed()
    """),
)

new_generators = wrong(
    "one that makes new generators, and leaves the global ones",
    "random.Random, default_rng and Generator are sources of their own: nobody who calls torch.rand draws from them.",
    body("""
        random.Random(seed)
        np.random.default_rng(seed)
        torch.Generator().manual_seed(seed)
    """),
)

new_numpy_generator = wrong(
    "one that makes a new generator of numpy, and leaves the global one",
    "np.random.rand and its like draw from the global state: np.random.seed sets that.",
    replace("np.random.seed(seed % 2**32)", "np.random.default_rng(seed)"),
)

only_asks_torch = wrong(
    "one that asks torch for its seed",
    "initial_seed() says with which seed it began; manual_seed sets one.",
    replace("torch.manual_seed(seed)", "torch.initial_seed()"),
)

draws_after_seeding = wrong(
    "one that draws a number of torch after it was seeded",
    "The first number is then gone: whoever seeds with the same number elsewhere sees others.",
    insert("torch.rand(1)", after="torch.manual_seed(seed)"),
)

half_the_seed = wrong(
    "one that gives half of the seed",
    "Two seeds that are neighbours would be one.",
    insert("seed = seed // 2", before="random.seed(seed)"),
)

returns_a_generator = wrong(
    "one that returns torch's generator",
    "It sets states, and has nothing to give back.",
    replace("torch.manual_seed(seed)", "return torch.manual_seed(seed)"),
)

returns_the_seed = wrong(
    "one that returns the seed",
    "It sets states, and has nothing to give back.",
    insert("return seed", after="torch.manual_seed(seed)"),
)

deterministic_too = wrong(
    "one that asks for deterministic algorithms",
    "That is another promise, which costs speed and makes some functions fail: it is the caller's to ask for.",
    insert("torch.use_deterministic_algorithms(True)", after="torch.manual_seed(seed)"),
)

cudnn_too = wrong(
    "one that changes the settings of cudnn",
    "They decide about speed, and are the caller's to set.",
    insert(
        """
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = True
        """,
        after="torch.manual_seed(seed)",
    ),
)

hash_seed_too = wrong(
    "one that sets PYTHONHASHSEED",
    "Python reads it when it starts: in a running program it changes nothing but the programs that it starts.",
    insert('os.environ["PYTHONHASHSEED"] = str(seed)', before="random.seed(seed)"),
)

numpy_from_python = wrong(
    "one that draws numpy's seed from Python's random numbers",
    "Others who seed numpy with the same number then get other draws: give numpy the lowest 32 bits of the seed itself.",
    replace("np.random.seed(seed % 2**32)", "np.random.seed(random.getrandbits(32))"),
)

numpy_takes_both_halves = wrong(
    "one that gives numpy both halves of the seed",
    "numpy takes a list of numbers, too, and then begins elsewhere: the lowest 32 bits alone are asked for.",
    replace("np.random.seed(seed % 2**32)", "np.random.seed([seed % 2**32, seed // 2**32])"),
)
