"""Lesson 4, make_loaders: how it is observed, and the bank of its wrong answers."""

import math
import random
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset, random_split

from kata.authoring import MapStyle, Observation, body, exercise, numbered, observes, replace, same_as, scramble, wrong
from mistakes.ex04_data.shared import (
    all_right_loaders,
    check,
    drawn,
    form,
    loaders_of,
    pairs,
    see_refused,
    source,
    split_as,
)
from solutions.ex04_data import DigitsDataset


def batches(loader: Any) -> list[list[int]]:
    """Return the numbers in each batch."""
    return [numbers.tolist() for _, numbers in loader]


def in_a_row(loader: Any) -> list[int]:
    """Return all numbers."""
    return [number for batch in batches(loader) for number in batch]


def kind_of_draw(tested: list[int], count: int) -> str:
    """Say whether a split looks drawn."""
    chosen = sorted(tested)
    if len(set(chosen)) in (0, count):
        return "the whole dataset" if chosen else "nothing"
    steps = {(after - before) % count for before, after in zip(chosen, [*chosen[1:], chosen[0]], strict=True)}
    if chosen == list(range(count - len(chosen), count)):
        return "the end of the dataset"
    if chosen == list(range(len(chosen))):
        return "the beginning of the dataset"
    one_block = len([s for s in steps if s != 1]) == 1 and 1 in steps
    return "one piece of the dataset" if one_block else "at equal distances" if len(steps) == 1 else "drawn at random"


@observes("make_loaders", "Your code makes {}.")
def observe_make_loaders(lesson: Any, see: Observation) -> None:
    scramble(5)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    given = lesson.make_loaders(numbered(23), 3, 0.3, 0)
    see("what is returned", form(given))
    train, test = given
    see("what is returned", {"the types": [type(one).__name__ for one in given]})
    see_states(see, states)
    see(
        "the test part",
        {"how it is chosen": kind_of_draw(in_a_row(lesson.make_loaders(numbered(60), 5, 0.2, 0)[1]), 60)},
    )
    sizes = {
        "the number of images in the training part": len(in_a_row(train)),
        "the number of images in the test part": len(in_a_row(test)),
    }
    see("the parts of 23 images, with a test fraction of 0.3", sizes)
    seen, tested = in_a_row(train), in_a_row(test)
    see("the two parts", {"the number of images that are in both": len(set(seen) & set(tested))})
    see("the two parts", {"the number of images that are in neither": len(set(range(23)) - set(seen) - set(tested))})
    see(
        "the two parts",
        {"the number of images that come more than once in a pass": len(seen + tested) - len({*seen}) - len({*tested})},
    )
    for name, loader in (("training", train), ("test", test)):
        see(f"the {name} batches", {"their sizes": [len(batch) for batch in batches(loader)]})
        matches = all(torch.equal(images[:, 0], labels.float()) for images, labels in loader)
        see(f"the {name} batches", {"images with their own labels": matches})
    see_orders(lesson, see)
    see_seeds(lesson, see)
    see_further_splits(lesson, see)
    see_refused_arguments(lesson, see)


def see_states(see: Observation, before: Any) -> None:
    """Observe the global random states."""
    now: Any = np.random.get_state()
    kept = {
        "torch's": torch.equal(before[0], torch.get_rng_state()),
        "Python's": before[1] == random.getstate(),
        "numpy's": bool((before[2][1] == now[1]).all()) and before[2][2] == now[2],
    }
    for name, same in kept.items():
        see("the global random states", {f"{name} random state": "as before" if same else "changed"})


def see_orders(lesson: Any, see: Observation) -> None:
    """Observe in which order images come."""
    train, test = lesson.make_loaders(numbered(40), 8, 0.4, 0)
    first, second, third = batches(train), batches(train), batches(train)
    flat = [[number for batch in one for number in batch] for one in (first, second, third)]
    see(
        "the training part",
        {"its first pass": "in the order of the dataset" if flat[0] == sorted(flat[0]) else "shuffled"},
    )
    see("the training part", {"its second pass": "as the first" if flat[0] == flat[1] else "in a new order"})
    see("the training part", {"its third pass": "as an earlier one" if flat[2] in flat[:2] else "in a new order"})
    together = [{frozenset(batch) for batch in one} for one in (first, second)]
    see("the training part", {"its second pass": "the same batches" if together[0] == together[1] else "new batches"})
    orders = [batches(test) for _ in range(3)]
    see("the test part", {"its second pass": "as the first" if orders[0] == orders[1] else "in another order"})
    see("the test part", {"its third pass": "as the first" if orders[0] == orders[2] else "in another order"})


def see_seeds(lesson: Any, see: Observation) -> None:
    """Observe what follows from the seed."""
    for seed in (3, 0):
        found = []
        for before, after in ((1, 2), (1, 2), (3, 2), (3, 4)):
            scramble(before)
            train, test = lesson.make_loaders(numbered(24), 8, 0.3, seed)
            scramble(after)
            found.append((sorted(in_a_row(test)), batches(train)))
        for number, what in (
            (1, "the same call"),
            (2, "another global random state"),
            (3, "another one while going over it"),
        ):
            for part, name in ((0, "the test part"), (1, "the training batches")):
                same = "the same" if found[number][part] == found[0][part] else "others"
                see(f"what the seed {seed} gives again", {f"{name} after {what}": same})
    made = [lesson.make_loaders(numbered(24), 8, 0.3, seed) for seed in range(4)]
    see("four seeds", {"different test parts": len({tuple(sorted(in_a_row(test))) for _, test in made})})
    see("four seeds", {"different training orders": len({tuple(in_a_row(train)) for train, _ in made})})
    first = batches(lesson.make_loaders(numbered(24), 8, 0.3, 1)[0])
    train, _ = lesson.make_loaders(numbered(24), 8, 0.3, 1)
    lesson.make_loaders(numbered(24), 8, 0.3, 2)
    see("loaders after others were made", {"the training batches": "the same" if batches(train) == first else "others"})
    parts = [frozenset(in_a_row(lesson.make_loaders(numbered(8), 8, 0.5, seed)[1])) for seed in range(16)]
    see("16 seeds", {"images that are never tested": sorted(set(range(8)) - frozenset().union(*parts))})
    see("16 seeds", {"images that are always tested": sorted(frozenset(range(8)).intersection(*parts))})
    see("16 seeds", {"different test parts": "10 or more" if len(set(parts)) >= 10 else len(set(parts))})


def see_further_splits(lesson: Any, see: Observation) -> None:
    """Observe other fractions, batch sizes and datasets."""
    for count, fraction in ((23, 0.4), (10, 0.38), (100, 0.29), (2, 0.4), (9, 0.9)):
        train, test = lesson.make_loaders(numbered(count), 50, fraction, 0)
        sizes = {
            "the number of images in the training part": len(in_a_row(train)),
            "the number of images in the test part": len(in_a_row(test)),
        }
        see(f"the parts of {count} images, with a test fraction of {fraction}", sizes)
    for size in (1, 16, 17, 100):
        loaders = lesson.make_loaders(numbered(23), size, 0.3, 0)
        for name, loader in zip(("training", "test"), loaders, strict=True):
            see(
                f"the {name} loader for batches of {size}",
                {"the sizes of its batches": [len(b) for b in batches(loader)]},
            )
            see(f"the {name} loader for batches of {size}", {"its length": len(loader)})
    tensors = TensorDataset(torch.arange(23.0).unsqueeze(1), torch.arange(23))
    for name, dataset in (("a TensorDataset", tensors), ("another dataset", MapStyle(23))):
        train, test = lesson.make_loaders(dataset, 5, 0.3, 0)
        see(f"the parts of {name}", {"all of their images": sorted(in_a_row(train) + in_a_row(test))})
        see(f"the parts of {name}", {"the training order": "kept" if in_a_row(train) == in_a_row(train) else "new"})
    train, test = lesson.make_loaders(numbered(10), 5, 0.25, 0)
    see(
        "the parts of 10 images, with a test fraction of 0.25",
        {"the number of images in the test part": len(in_a_row(test))},
    )
    train, test = lesson.make_loaders(numbered(24), 8, 0.3, 2**32 - 1)
    see("the parts with the seed 2**32 - 1", {"the number of images in the test part": len(in_a_row(test))})
    images, labels = next(iter(lesson.make_loaders(pairs(lesson), 4, 0.25, 0)[0]))
    see("a batch of a DigitsDataset", [form(images)["its shape"], form(labels)["its shape"]])
    listed = numbered(23)
    batches(lesson.make_loaders(listed, 5, 0.3, 0)[0])
    same = [number for _, number in listed] == list(range(23))
    see("the dataset handed in", {"what it is afterwards": "as before" if same else "changed"})


def see_refused_arguments(lesson: Any, see: Observation) -> None:
    """Observe which arguments are refused."""
    for size in (0, -1, -7):
        call = partial(lesson.make_loaders, numbered(23), size, 0.3, 0)
        see_refused(see, f"batch_size={size}", call, "batch", size)
    for fraction in (0.0, 1.0, 0, 1, -1, -0.2, 1.5, 7, float("nan"), float("inf")):
        call = partial(lesson.make_loaders, numbered(23), 5, fraction, 0)
        see_refused(see, f"test_fraction={fraction}", call, "fraction", f"{fraction:g}")
    for count, fraction in ((5, 0.05), (5, 0.95), (1, 0.7), (1, 0.3)):
        call = partial(lesson.make_loaders, numbered(count), 5, fraction, 0)
        see_refused(see, f"test_fraction={fraction} for {count} images", call, "fraction", fraction)


exercise("make_loaders")

fixed_seed = wrong(
    "loaders whose generator has a seed of its own",
    "The seed is for the caller to say: another seed, another split.",
    replace("manual_seed(seed)", "manual_seed(42)"),
)

fraction_for_count = wrong(
    "parts whose sizes are taken from the fraction alone",
    "How many images are tested is a number of images: the fraction of all that there are, rounded.",
    replace("round(count * test_fraction)", "test_fraction"),
)


test_first = wrong(
    "loaders in the wrong order: that of the test part comes first",
    "The training loader comes first: a caller who unpacks the two would learn from the test part.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return test, train
    """),
)

parts_returned = wrong(
    "two parts of the dataset instead of two loaders",
    "A part of a dataset gives one image at a time. A DataLoader makes batches of it.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return Subset(dataset, train), Subset(dataset, test)
    """),
)

nothing_returned_of_loaders = wrong(
    "no loaders: nothing is returned",
    "Return the two loaders.",
    body("all_right_loaders(dataset, batch_size, test_fraction, seed)"),
)

one_loader = wrong(
    "one loader for all images",
    "Two are asked for: one to learn from, one to be tested with, of different images.",
    body("""
        check(dataset, batch_size, test_fraction)
        return DataLoader(dataset, batch_size, shuffle=True, generator=source(seed))
    """),
)

loaders_in_dict = wrong(
    "a dict of the two loaders",
    "A pair is asked for: the training loader, and the test loader.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return {"train": train, "test": test}
    """),
)

lists_of_batches = wrong(
    "lists of batches, once for all, instead of loaders",
    "A list has the same order in every epoch, and holds all images twice. A DataLoader makes batches when they are needed.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return list(train), list(test)
    """),
)

iterators = wrong(
    "iterators, which are used up after one pass, instead of loaders",
    "Every epoch goes over the loader again; what iter() gives can be gone over once.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return iter(train), iter(test)
    """),
)


# make_loaders: the global random states

global_seed = wrong(
    "loaders that set torch's global seed",
    "A caller who draws random numbers afterwards, for weights say, gets the same ones each time without knowing why. A torch.Generator is a source of one's own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        torch.default_generator.manual_seed(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested])
        return DataLoader(train, batch_size, shuffle=True), DataLoader(test, batch_size)
    """),
)

global_seed_beside_generators = same_as(
    global_seed,
    body("""
        torch.default_generator.manual_seed(seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

torch_manual_seed = same_as(
    global_seed,
    body("""
        tested = check(dataset, batch_size, test_fraction)
        torch.manual_seed(seed)
        order = torch.randperm(len(dataset)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

python_seed = wrong(
    "loaders that set Python's global seed",
    "A caller who draws random numbers afterwards gets the same ones each time. random.Random(seed) is a source of one's own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        random.seed(seed)
        order = list(range(len(dataset)))
        random.shuffle(order)
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

numpy_seed = wrong(
    "loaders that set numpy's global seed",
    "A caller who draws random numbers afterwards gets the same ones each time. np.random.default_rng(seed) is a source of one's own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        np.random.seed(seed)
        order = np.random.permutation(len(dataset)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_without_generator = wrong(
    "a split that is drawn from torch's global random state",
    "It follows from what was drawn before, not from the seed, and changes what is drawn afterwards. Give the split a generator.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = random_split(dataset, [len(dataset) - tested, tested])
        shuffled = DataLoader(train, batch_size, shuffle=True, generator=source(seed))
        return shuffled, DataLoader(test, batch_size)
    """),
)

seed_not_used = same_as(
    split_without_generator,
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = random_split(dataset, [len(dataset) - tested, tested])
        return DataLoader(train, batch_size, shuffle=True), DataLoader(test, batch_size)
    """),
)

split_by_python = wrong(
    "a split that is drawn from Python's global random state",
    "It follows from what was drawn before, not from the seed, and changes what is drawn afterwards.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        random.shuffle(order)
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_by_numpy = wrong(
    "a split that is drawn from numpy's global random state",
    "It follows from what was drawn before, not from the seed, and changes what is drawn afterwards.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = np.random.permutation(len(dataset)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)


# make_loaders: the split

split_at_end = wrong(
    "a split that takes the end of the dataset for the test part",
    "A dataset may be sorted: then the test part would hold digits that were never learnt. Draw at random.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        return loaders_of(dataset, batch_size, order[:-tested], order[-tested:], seed)
    """),
)

split_at_beginning = wrong(
    "a split that takes the beginning of the dataset for the test part",
    "A dataset may be sorted: then the test part would hold digits that were never learnt. Draw at random.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_off_a_piece = wrong(
    "a split that takes one piece of the dataset, from a random place on, for the test part",
    "A dataset may be sorted: then the test part would hold one digit only. Draw each image by itself.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        start = 3 + int(torch.randint(max(count - tested - 4, 1), (), generator=source(seed)))
        order = [(start + number) % count for number in range(count)]
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

split_at_distances = wrong(
    "a split that takes images at equal distances for the test part",
    "Datasets often repeat themselves, and then this picks always the same kind. Draw at random.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        step = max(round(count / tested), 1)
        test = list(range(0, count, step))
        return loaders_of(dataset, batch_size, [n for n in range(count) if n not in test], test, seed)
    """),
)

tested_with_all = wrong(
    "a test part that is the whole dataset",
    "The images that measure how good the network is must be others than those from which it learns.",
    body("""
        train, _ = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, train, list(range(len(dataset))), seed)
    """),
)

both_all = wrong(
    "loaders that both go over the whole dataset",
    "The images that measure how good the network is must be others than those from which it learns.",
    body("""
        check(dataset, batch_size, test_fraction)
        order = list(range(len(dataset)))
        return loaders_of(dataset, batch_size, order, order, seed)
    """),
)

learns_from_all = wrong(
    "a training part that is the whole dataset, images of the test part included",
    "The images that measure how good the network is must be others than those from which it learns.",
    body("""
        _, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, list(range(len(dataset))), test, seed)
    """),
)

drawn_twice = wrong(
    "parts that are drawn one by one, so that some images are in both",
    "Draw once, and cut what was drawn in two: then no image can be in both.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, _ = drawn(dataset, tested, seed)
        _, test = drawn(dataset, tested, seed + 1000)
        return loaders_of(dataset, batch_size, train, test, seed)
    """),
)

drawn_with_repetition = wrong(
    "a training part drawn with repetition, so that some images come twice and others never",
    "Each image belongs to one part, once. A permutation of all indices has each of them once.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        train, test = drawn(dataset, tested, seed)
        again = [train[number] for number in torch.randint(len(train), (len(train),), generator=source(seed)).tolist()]
        return loaders_of(dataset, batch_size, again, test, seed)
    """),
)

randint_indices = wrong(
    "parts of which each index was drawn by itself, so that some images come twice and others never",
    "Each image belongs to one part, once. A permutation of all indices has each of them once.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        order = torch.randint(count, (count,), generator=source(seed)).tolist()
        return loaders_of(dataset, batch_size, order[tested:], order[:tested], seed)
    """),
)

fraction_to_learn_from = wrong(
    "a test part with the fraction that belongs to the training part",
    "test_fraction is how much is tested with: 0.3 of 23 are 7 images to test with, and 16 to learn from.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, len(dataset) - tested, seed)
    """),
)

fraction_of_training_cut = same_as(
    fraction_to_learn_from,
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, len(dataset) - int(len(dataset) * test_fraction), seed)
    """),
)

cut_off = wrong(
    "a test part whose size is cut off instead of rounded",
    "int() and // drop what stands behind the point: 6.9 becomes 6. So does random_split with two fractions. It is to be rounded.",
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, int(len(dataset) * test_fraction), seed)
    """),
)

rounded_up = wrong(
    "a test part whose size is rounded up",
    "9.2 becomes 9: it is to be rounded to the nearest whole number.",
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, math.ceil(len(dataset) * test_fraction), seed)
    """),
)

training_cut_off = same_as(
    rounded_up,
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, len(dataset) - int(len(dataset) * (1 - test_fraction)), seed)
    """),
)

fractions_to_random_split = same_as(
    cut_off,
    body("""
        check(dataset, batch_size, test_fraction)
        generator = source(seed)
        train, test = random_split(dataset, [1 - test_fraction, test_fraction], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

size_by_luck = wrong(
    "a split that gives each image to the test part with that probability, so that its size is left to luck",
    "The test part has round(len(dataset) * test_fraction) images, whatever is drawn.",
    body("""
        check(dataset, batch_size, test_fraction)
        chosen = (torch.rand(len(dataset), generator=source(seed + 9)) < test_fraction).tolist()
        order = range(len(dataset))
        test = [number for number in order if chosen[number]] or [0]
        return loaders_of(dataset, batch_size, [number for number in order if not chosen[number]] or [1], test, seed)
    """),
)

one_more = wrong(
    "a test part with one image too many, which the training part lacks",
    "The test part has round(len(dataset) * test_fraction) images.",
    body("return split_as(dataset, batch_size, check(dataset, batch_size, test_fraction) + 1, seed)"),
)

one_lost = wrong(
    "parts between which one image is lost",
    "The two parts together are the whole dataset. A slice ends before its last index.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, train[:-1] or train, test, seed)
    """),
)

one_shared = wrong(
    "parts that share one image",
    "No image is in both parts. A slice begins with its first index.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return loaders_of(dataset, batch_size, [*train, test[-1]], test, seed)
    """),
)

always_a_fifth = wrong(
    "a test part that always has a fifth of the images",
    "test_fraction says how many.",
    body("""
        check(dataset, batch_size, test_fraction)
        return split_as(dataset, batch_size, max(round(len(dataset) * 0.2), 1), seed)
    """),
)

cut_to_batches = wrong(
    "a training part cut down to whole batches when it is split",
    "The last short batch is kept, and no image is lost.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        whole = max(len(train) // batch_size, 1) * batch_size
        return loaders_of(dataset, batch_size, train[:whole], test, seed)
    """),
)
