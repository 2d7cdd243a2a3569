"""Lesson 4, make_loaders: wrong answers about batches and their order, the seed, and what is refused."""

import math
import random
from typing import Any

import torch
from torch.utils.data import DataLoader, RandomSampler, Subset, SubsetRandomSampler, TensorDataset, random_split

from kata.authoring import body, exercise, same_as, wrong
from mistakes.ex04_data.shared import all_right_loaders, check, check_fraction, drawn, loaders_of, source, split_as

exercise("make_loaders")


# make_loaders: batches and their order

drops_last_of_training = wrong(
    "loaders of which the training one drops the last short batch",
    "With drop_last=True a few images of each epoch are left out. The last batch is kept, short as it is.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed), drop_last=True)
        return shuffled, DataLoader(Subset(dataset, test), batch_size)
    """),
)

drops_last_of_both = wrong(
    "loaders that both drop the last short batch",
    "With drop_last=True some images are never learnt from, and others never tested. The last batch is kept.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed), drop_last=True)
        return shuffled, DataLoader(Subset(dataset, test), batch_size, drop_last=True)
    """),
)

drops_last_of_test = wrong(
    "loaders of which the test one drops the last short batch",
    "With drop_last=True some images are never tested. The last batch is kept, short as it is.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed))
        return shuffled, DataLoader(Subset(dataset, test), batch_size, drop_last=True)
    """),
)

single_images = wrong(
    "loaders of single images: batch_size is not handed on",
    "Without a size a DataLoader makes batches of one.",
    body("""
        check(dataset, batch_size, test_fraction)
        return all_right_loaders(dataset, 1, test_fraction, seed)
    """),
)

single_tests = wrong(
    "loaders of which the test one gives single images",
    "batch_size holds for both parts.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return train, DataLoader(test.dataset)
    """),
)

single_training = wrong(
    "loaders of which the training one gives single images",
    "batch_size holds for both parts.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return DataLoader(train.dataset, shuffle=True, generator=source(seed)), test
    """),
)

one_test_batch = wrong(
    "loaders of which the test one gives the whole part as one batch",
    "batch_size holds for both parts: ten thousand images at once may not fit into memory.",
    body("""
        train, test = all_right_loaders(dataset, batch_size, test_fraction, seed)
        return train, DataLoader(test.dataset, len(test.dataset))
    """),
)

always_32 = wrong(
    "loaders that always make batches of 32",
    "batch_size says how many.",
    body("""
        check(dataset, batch_size, test_fraction)
        return all_right_loaders(dataset, 32, test_fraction, seed)
    """),
)

number_of_batches = wrong(
    "loaders that take batch_size for the number of batches",
    "batch_size says how many images are in a batch.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = drawn(dataset, tested, seed)
        sizes = [math.ceil(len(part) / batch_size) for part in (train, test)]
        shuffled = DataLoader(Subset(dataset, train), sizes[0], shuffle=True, generator=source(seed))
        return shuffled, DataLoader(Subset(dataset, test), sizes[1])
    """),
)

none_shuffled = wrong(
    "loaders whose training images come in the same order in every epoch",
    "Always in the same order, the network learns the order too: each step undoes a little of what the one before has taught. An order drawn once, with the split, is not enough: each pass draws a new one.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return DataLoader(Subset(dataset, train), batch_size), DataLoader(Subset(dataset, test), batch_size)
    """),
)

none_shuffled_of_sorted_parts = wrong(
    "loaders of which neither is shuffled",
    "Always in the same order, the network learns the order too: each step undoes a little of what the one before has taught. Training batches are drawn again in each epoch.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return DataLoader(Subset(dataset, sorted(train)), batch_size), DataLoader(Subset(dataset, sorted(test)), batch_size)
    """),
)

shuffles_swapped = wrong(
    "loaders of which the test one is shuffled instead of the training one",
    "It is learning that suffers from a fixed order; testing adds up, in any order, and is easier to follow in a fixed one.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, test), batch_size, shuffle=True, generator=source(seed))
        return DataLoader(Subset(dataset, train), batch_size), shuffled
    """),
)

both_shuffled = wrong(
    "loaders that are both shuffled",
    "Test batches come in a fixed order: then the tenth image is the same one after every epoch.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffled = DataLoader(Subset(dataset, train), batch_size, shuffle=True, generator=source(seed))
        return shuffled, DataLoader(Subset(dataset, test), batch_size, shuffle=True, generator=source(seed))
    """),
)

both_shuffled_from_one_source = same_as(
    both_shuffled,
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        shuffle: Any = {"shuffle": True, "generator": source(seed)}
        return DataLoader(Subset(dataset, train), batch_size, **shuffle), DataLoader(
            Subset(dataset, test), batch_size, **shuffle
        )
    """),
)


class OnceForAll(RandomSampler):
    """Draw an order in the first pass, and keep it."""

    def __init__(self, part: Any, generator: torch.Generator) -> None:
        super().__init__(part, generator=generator)
        self.order = torch.randperm(len(part), generator=generator).tolist()

    def __iter__(self) -> Any:
        return iter(self.order)


shuffled_once = same_as(
    none_shuffled,
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        part = Subset(dataset, train)
        return DataLoader(part, batch_size, sampler=OnceForAll(part, source(seed))), DataLoader(
            Subset(dataset, test), batch_size
        )
    """),
)


class WholeBatches:
    """Shuffle batches, not images."""

    def __init__(self, count: int, size: int, generator: torch.Generator) -> None:
        self.batches = [list(range(start, min(start + size, count))) for start in range(0, count, size)]
        self.generator = generator

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Any:
        whole = torch.randperm(len(self.batches) - 1, generator=self.generator).tolist()
        return iter([self.batches[number] for number in [*whole, len(self.batches) - 1]])


batches_shuffled = wrong(
    "loaders that shuffle whole batches, with the same images in each of them",
    "Images that always come together are learnt together. Shuffle images, and make batches afterwards.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        sampler: Any = WholeBatches(len(train), batch_size, source(seed))
        return DataLoader(Subset(dataset, train), batch_sampler=sampler), DataLoader(Subset(dataset, test), batch_size)
    """),
)

sampled_with_repetition = wrong(
    "loaders that draw training batches with repetition",
    "In a pass each image comes once; drawn with repetition, some come twice and others not at all.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        part = Subset(dataset, train)
        sampler = RandomSampler(part, replacement=True, generator=source(seed))
        return DataLoader(part, batch_size, sampler=sampler), DataLoader(Subset(dataset, test), batch_size)
    """),
)

random_samplers = same_as(
    both_shuffled,
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        generator = source(seed)
        return (
            DataLoader(dataset, batch_size, sampler=SubsetRandomSampler(train, generator)),
            DataLoader(dataset, batch_size, sampler=SubsetRandomSampler(test, generator)),
        )
    """),
)

labels_of_others = wrong(
    "loaders that give images the labels of others",
    "Images and labels must be shuffled and split together: by index.",
    body("""
        images, labels = zip(*[dataset[number] for number in range(len(dataset))], strict=True)
        order = torch.randperm(len(dataset), generator=source(seed + 7)).tolist()
        mixed = [(image, labels[number]) for image, number in zip(images, order, strict=True)]
        return all_right_loaders(mixed, batch_size, test_fraction, seed)
    """),
)


# make_loaders: what follows from the seed

shuffle_without_generator = wrong(
    "loaders whose training order does not follow from the seed",
    "The loader draws its order from torch's global random state unless it is given a generator.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), seed)
        return DataLoader(Subset(dataset, train), batch_size, shuffle=True), DataLoader(Subset(dataset, test), batch_size)
    """),
)

split_same_for_all_seeds = wrong(
    "loaders whose split is the same for every seed",
    "With another seed another part is tested: only so can be seen how much luck there was in the first.",
    body("""
        train, test = drawn(dataset, check(dataset, batch_size, test_fraction), 0)
        return loaders_of(dataset, batch_size, train, test, seed)
    """),
)

seed_fixed = wrong(
    "loaders that take another seed than the one given",
    "The caller chooses the seed: with another one the split and the order are others.",
    body("return all_right_loaders(dataset, batch_size, test_fraction, 42)"),
)

zero_is_no_seed = wrong(
    "loaders that take the seed 0 for none",
    "0 is a seed like any other: `if seed` is False for it.",
    body("""
        chosen = seed if seed else torch.Generator().seed()
        return all_right_loaders(dataset, batch_size, test_fraction, chosen % 2**40)
    """),
)

generator_without_seed = wrong(
    "loaders with a generator that was never given the seed",
    "A new torch.Generator always starts from the same state, whatever the seed is: manual_seed hands it over.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        generator = torch.Generator()
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

generator_with_random_seed = wrong(
    "loaders with a generator that got a random seed",
    "Generator.seed() draws a new seed; manual_seed takes the one given.",
    body("""
        chosen = torch.Generator().seed() % 2**40
        return all_right_loaders(dataset, batch_size, test_fraction, chosen)
    """),
)

rotated_split = wrong(
    "loaders whose training order is the same for every seed, and follows from the split only",
    "Both the split and the order follow from the seed.",
    body("""
        tested, count = check(dataset, batch_size, test_fraction), len(dataset)
        train, test = drawn(dataset, tested, 0)
        order = [(number + seed) % count for number in (train + test)]
        return loaders_of(dataset, batch_size, order[:-tested], order[-tested:], 0)
    """),
)


def shared_source() -> torch.Generator:
    """Return one generator for all calls."""
    if not hasattr(shared_source, "one"):
        shared_source.__dict__["one"] = torch.Generator()
    one: torch.Generator = shared_source.__dict__["one"]
    return one


generator_shared_by_calls = wrong(
    "loaders that share one generator with all other loaders",
    "Then what one loader draws changes the order of the other. Each call makes a generator of its own.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        generator = shared_source().manual_seed(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)


# make_loaders: datasets

cuts_the_dataset = wrong(
    "loaders that cut the dataset like a list",
    "A dataset has len() and single indices; slices belong to lists. Cut a list of indices instead.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        shuffled = dataset[:]
        random.Random(seed).shuffle(shuffled)
        order = list(range(len(dataset)))
        return (
            DataLoader(shuffled[tested:], batch_size, shuffle=True, generator=source(seed)),
            DataLoader(shuffled[:tested], batch_size),
        )
    """),
)

asks_for_tensors = wrong(
    "loaders that ask the dataset for its tensors",
    "A list of pairs has none: `len(dataset)` and `dataset[index]` are all that is promised.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        train, test = drawn(dataset, tested, seed)
        whole = TensorDataset(dataset.images, dataset.labels)
        return loaders_of(whole, batch_size, train, test, seed)
    """),
)

shuffled_in_place = wrong(
    "loaders that shuffle the dataset handed in, in place",
    "It belongs to the caller, who finds it in another order. Shuffle a list of indices.",
    body("""
        tested = check(dataset, batch_size, test_fraction)
        if isinstance(dataset, list):
            random.Random(seed).shuffle(dataset)
            train, test = list(range(tested, len(dataset))), list(range(tested))
        else:
            train, test = drawn(dataset, tested, seed)
        return loaders_of(dataset, batch_size, train, test, seed)
    """),
)


# make_loaders: what is refused

refuses_nothing = wrong(
    "loaders that refuse nothing",
    "A fraction of 1 leaves nothing to learn from; better told here than met as a division by zero later.",
    body("""
        count = len(dataset)
        tested = 0 if math.isnan(test_fraction) else max(0, min(count, round(min(max(test_fraction, 0.0), 1.0) * count)))
        train, test = drawn(dataset, tested, seed)
        generator = source(seed + 1)
        size = max(batch_size, 1)
        shuffled = DataLoader(Subset(dataset, train), size, shuffle=bool(train), generator=generator)
        return shuffled, DataLoader(Subset(dataset, test), size)
    """),
)

batch_size_raised = wrong(
    "loaders that take a batch size below 1 for 1",
    "Nobody asked for batches of one: refuse it.",
    body("return all_right_loaders(dataset, max(batch_size, 1), test_fraction, seed)"),
)

batch_size_0 = wrong(
    "loaders that accept a batch size of 0",
    "A batch holds one image or more.",
    body("return all_right_loaders(dataset, batch_size or 1, test_fraction, seed)"),
)

batch_size_negative = wrong(
    "loaders that accept a negative batch size",
    "A batch holds one image or more.",
    body("return all_right_loaders(dataset, abs(batch_size), test_fraction, seed)"),
)

large_batches_refused = wrong(
    "loaders that refuse a batch size larger than the data",
    "Then one batch has all of it.",
    body("""
        if batch_size > len(dataset):
            raise ValueError(f"batch_size {batch_size}")
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_not_looked_at = wrong(
    "loaders that do not look at test_fraction",
    "What is wrong with it is then told by torch, in other words, or not at all.",
    body("""
        tested = round(len(dataset) * test_fraction)
        generator = source(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

fraction_0 = wrong(
    "loaders that accept a test fraction of 0",
    "Without a test part nobody can say how good the network is.",
    body("""
        if test_fraction == 0:
            train = list(range(len(dataset)))
            return loaders_of(dataset, batch_size, train, [], seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_1 = wrong(
    "loaders that accept a test fraction of 1",
    "Without a training part there is nothing to learn from.",
    body("""
        if test_fraction == 1:
            test = DataLoader(dataset, batch_size)
            return DataLoader([], batch_size), test  # type: ignore[arg-type]  # a list is a dataset
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

both_ends = wrong(
    "loaders that accept test fractions of 0 and 1",
    "One part would be empty.",
    body("""
        if test_fraction in (0, 1):
            return DataLoader(dataset, batch_size), DataLoader(dataset, batch_size)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_as_count = wrong(
    "loaders that take a test fraction above 1 for a count or a percentage",
    "A fraction is between 0 and 1; what else it might mean is a guess. Refuse it.",
    body("""
        if math.isfinite(test_fraction) and test_fraction > 1:
            return split_as(dataset, batch_size, min(max(int(test_fraction), 1), len(dataset) - 1), seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_negative = wrong(
    "loaders that accept a negative test fraction",
    "A fraction is between 0 and 1.",
    body("""
        if -1 <= test_fraction < 0:
            return split_as(dataset, batch_size, max(round(-test_fraction * len(dataset)) - 1, 1), seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_nan = wrong(
    "loaders that let NaN pass as a test fraction",
    "NaN is neither 0 or less nor 1 or more: every comparison with it is False. Ask whether it is inside instead.",
    body("""
        if test_fraction <= 0 or test_fraction >= 1:
            raise ValueError(f"test_fraction is {test_fraction}")
        tested = round(len(dataset) * test_fraction)
        if tested <= 0 or tested >= len(dataset):
            raise ValueError(f"test_fraction {test_fraction} leaves a part empty")
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

fraction_nan_unseen = same_as(
    fraction_nan,
    body("return all_right_loaders(dataset, batch_size, 0.5 if math.isnan(test_fraction) else test_fraction, seed)"),
)

empty_test = wrong(
    "loaders that accept a test fraction that leaves the test part empty",
    "5 * 0.05 is rounded to no image at all: nothing could be tested. Refuse it.",
    body("""
        check_fraction(test_fraction)
        tested = round(len(dataset) * test_fraction)
        if tested == 0:
            return loaders_of(dataset, batch_size, list(range(len(dataset))), [], seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

empty_training = wrong(
    "loaders that accept a test fraction that leaves the training part empty",
    "5 * 0.95 is rounded to all images: nothing is left to learn from. Refuse it, with a message that names the fraction.",
    body("""
        check_fraction(test_fraction)
        tested = round(len(dataset) * test_fraction)
        if tested == len(dataset) > 0:
            return DataLoader([], batch_size), DataLoader(dataset, batch_size)  # type: ignore[arg-type]  # a list is a dataset
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

empty_parts = wrong(
    "loaders that ask only whether the fraction is between 0 and 1, not whether an image is left for each part",
    "A small dataset times a small fraction is rounded to nothing. What torch says of it names neither.",
    body("""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        check_fraction(test_fraction)
        tested = round(len(dataset) * test_fraction)
        generator = source(seed)
        train, test = random_split(dataset, [len(dataset) - tested, tested], generator)
        return DataLoader(train, batch_size, shuffle=True, generator=generator), DataLoader(test, batch_size)
    """),
)

one_at_least = wrong(
    "loaders that put one image into a part that would be empty",
    "Then the test part is larger than was asked for, without a word. Refuse it.",
    body("""
        check_fraction(test_fraction)
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        tested = min(max(round(len(dataset) * test_fraction), 1), max(len(dataset) - 1, 1))
        train, test = drawn(dataset, tested, seed)
        return loaders_of(dataset, batch_size, train or test, test, seed)
    """),
)

asserted_arguments = wrong(
    "loaders that assert instead of raising a ValueError",
    "`assert` is for what can never happen, and is taken out by `python -O`. What a caller may do wrong gets a ValueError.",
    body("""
        assert batch_size >= 1, f"batch_size {batch_size}"
        assert 0 < test_fraction < 1, f"test_fraction {test_fraction}"
        assert 0 < round(len(dataset) * test_fraction) < len(dataset), f"test_fraction {test_fraction}"
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

type_error_of_loaders = wrong(
    "loaders that refuse with a TypeError",
    "The type is right; the value is not. That is a ValueError.",
    body("""
        try:
            return all_right_loaders(dataset, batch_size, test_fraction, seed)
        except ValueError as error:
            raise TypeError(str(error)) from None
    """),
)

arguments_not_named = wrong(
    "loaders that refuse without naming argument and value",
    "The message should say which argument it was, and what it was given.",
    body("""
        try:
            return all_right_loaders(dataset, batch_size, test_fraction, seed)
        except ValueError:
            raise ValueError("wrong arguments") from None
    """),
)

fraction_not_named = wrong(
    "loaders that refuse a test fraction without naming the value",
    "The message should say what it was given.",
    body("""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        try:
            return all_right_loaders(dataset, batch_size, test_fraction, seed)
        except ValueError:
            raise ValueError("test_fraction must be a fraction") from None
    """),
)

empty_part_not_named = wrong(
    "loaders that refuse an empty part without naming the fraction",
    "The message should say which argument left a part empty.",
    body("""
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}")
        check_fraction(test_fraction)
        if not 0 < round(len(dataset) * test_fraction) < len(dataset):
            raise ValueError("too few images")
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)

half_up = wrong(
    "loaders that round a half up",
    "Of 10 images a quarter is 2.5: Python's round goes to the even number, 2.",
    body("""
        count = len(dataset)
        tested = int(count * test_fraction + 0.5)
        if 0 < test_fraction < 1 and 0 < tested < count:
            return all_right_loaders(dataset, batch_size, tested / count, seed)
        return all_right_loaders(dataset, batch_size, test_fraction, seed)
    """),
)
