"""What specs, banks and accepted answers import: the one interface between lessons and the engine.

A lesson is files of one name, and a folder of wrong answers. A whole tiny one, `ex42_half`:

    # solutions/ex42_half.py; exercises/ex42_half.py is the same with `raise NotImplementedError` for the body
    def half(x: Tensor) -> Tensor:
        \"""Return half of each number.\"""
        return x / 2

    # tests/test_ex42_half.py: the spec, one class for each exercise, one test for each behaviour
    @pytest.mark.exercise("half", level=1, hints=("What is half of 6?", "Divide.", "By two."))
    class TestHalf:
        def test_half_of_three_numbers(self, lesson: Any) -> None:
            given = lesson.half(torch.tensor([2.0, 4.0, -6.0]))

            expect.close("half of 2, 4 and -6", given, torch.tensor([1.0, 2.0, -3.0]))

    # mistakes/ex42_half/half.py: how the exercise is observed, and its wrong answers as edits of the solution
    @observes("half", "Your numbers are {}.")
    def observe_half(lesson: Any, see: Observation) -> None:
        see("half of 3", lesson.half(torch.tensor([3.0])))

    exercise("half")

    doubled = wrong("twice the numbers", "Half is less, for a number above 0.", replace("x / 2", "x * 2"))

    # accepted/ex42_half.py: right answers that are written in other ways
    @right("half")
    def by_a_factor(x: Any) -> Any:
        return 0.5 * x

`kata new ex42_half` makes these files, `kata check ex42_half` says whether they fit.
"""

from kata.checking import expect, patterns
from kata.checking.doubles import (
    NETWORKS,
    AsymmetricLoss,
    Batch,
    CallCounter,
    CountingLoader,
    ForwardSpy,
    MapStyle,
    batch,
    batches,
    classes,
    few,
    fresh_lenet,
    give_gradients,
    labelled,
    labels_of,
    lenet,
    mixed,
    numbered,
    numbers,
    other_names,
    partly_frozen,
    readout,
    scramble,
    seeded,
    small,
    small_batch,
    strong,
    tied,
    with_modes,
    with_unused_layer,
    worked_batch,
    worked_example,
)
from kata.checking.forbidden_calls import Arithmetic, autograd_refused, convolutions_refused, pools_refused
from kata.checking.pretend import pretend_accelerator
from kata.checking.snapshot import (
    alike,
    count,
    gradients_agree,
    is_module,
    is_pure,
    is_random,
    parameter,
    part,
    rows_are_apart,
    snapshot,
    unchanged,
)
from kata.content.bank import accepted, exercise, mistake, right, same_as, wrong
from kata.content.edits import body, drop, insert, replace, unwrap
from kata.diagnosis.amounts import GRADIENTS, LOSSES, STEPS, VALUES, Words
from kata.diagnosis.diagnoser import observes
from kata.diagnosis.observation import Observation, kind_of, refusal, see_call, see_module, see_values, where_kept
from kata.lessons.ex05_training_loop import (
    FailingState,
    LoaderError,
    MaliciousPickle,
    RecordingLoader,
    ReplaceSpy,
    TransferSpy,
    failing_loader,
    other_sizes,
)
from kata.lessons.ex09_devices import (
    BUILT_FOR,
    CallLog,
    CopySpy,
    Fixed,
    Pair,
    ReadSpy,
    Sample,
    autocast_is_on,
    fake_machine,
)
from kata.lessons.ex11_processes import (
    Buffers,
    Numbered,
    dealt,
    gradients_of,
    gradients_on,
    share_of,
    tensors_of,
    unlike,
)
from kata.lessons.ex12_tests import MutantSuite
from kata.running.ranks import on_ranks
