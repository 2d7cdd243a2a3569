"""Explain an exception in the learner's terms.

The rules use the exception's type and attributes (``name``, ``obj``), the learner's frame, and the values of the names
on the line. No message text is parsed.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator
from pathlib import Path

from kata.checking.sandbox import Interrupts, LeavesProcess, ReadsKeyboard, ShortCut, Skips
from kata.content.safe import text_of
from kata.diagnosis.exceptions.calls import (
    called_or_not,
    no_graph,
    size_is_no_whole_number,
    square_brackets,
    unknown_attribute,
    unknown_module,
    unknown_name,
    wrong_kind_of_argument,
    wrong_number_of_arguments,
)
from kata.diagnosis.exceptions.frame import (
    Frame,
    definitions_called,
    first_argument,
    is_layer,
    is_tensor,
    known_value,
    place_of,
    raised_in,
    repr_of,
    stops_in,
    value_of,
)
from kata.diagnosis.exceptions.misuse import (
    asked_whether_true,
    comes_from_a_loop,
    compared_one_by_one,
    key_or_attribute,
    made_already,
    missing_key,
    no_iterator,
    none_gradient,
    none_result,
    not_called,
    pair_of_results,
    power_or_xor,
    set_for_dictionary,
    swapped,
)
from kata.diagnosis.exceptions.shapes import (
    do_not_line_up,
    does_not_fit_into_view,
    layer_cannot_take,
    lies_on_two_devices,
    pools_rows,
    weight_of_other_dimensions,
    whole_number_wanted,
)
from kata.diagnosis.explanation import Explained, Explanation

Rule = Callable[[BaseException, Frame], str | None]


def explain(error: BaseException, path: Path) -> Explanation:
    """Explain `error`, raised while the file at `path` was checked."""
    if isinstance(error, Explained):
        return error.told
    place = place_of(error, path)
    said = said_by(error)
    if place is None:
        known = init_returns(error, path)
        return Explanation(known or said, (said,) if known else (), is_known=known is not None)
    headline = next(filter(None, (_applied(rule, error, place) for rule in _RULES)), None)
    lines = list(dict.fromkeys(line for _, line in place.frames[:-1] if line != place.line))[-3:]
    path_here = "Called from line " + ", then line ".join(map(str, lines)) + "." if lines else ""
    return Explanation(
        headline or said,
        tuple(filter(None, (said if headline else "", path_here))),
        line=place.line,
        code=linecache.getline(str(path), place.line).strip(),
        values=tuple(_values(place)),
        is_known=headline is not None,
    )


def _applied(rule: Rule, error: BaseException, place: Frame) -> str | None:
    """Apply a rule; if it raises, it says nothing."""
    try:
        return rule(error, place)
    except Exception:  # noqa: BLE001  (it looks at whatever the learner has made)
        return None


def said_by(error: BaseException) -> str:
    """Return the exception's type and the beginning of its message (torch's can have many lines)."""
    if isinstance(error, Explained):
        return error.told.headline
    first, *rest = text_of(error).strip().splitlines() or [""]
    while rest and first.endswith(":"):  # what it announces is the help
        first = f"{first} {rest.pop(0).strip()}"
    text = first if len(first) <= 220 else first[:220] + " ..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _values(place: Frame) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for node in place.nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        text = ast.unparse(node)
        try:
            value = value_of(node, place.frame)
        except LookupError:
            continue
        shown = "" if text == first_argument(place.frame)[0] and is_layer(value) else _described(value)
        if shown and text not in seen and len(seen) < 6:
            seen.add(text)
            yield text, shown


def _described(value: object) -> str:
    """Describe what a learner wants to know of a value; "" for what only adds noise."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str | list | tuple | dict):
        text = repr(value)
        return f"{type(value).__name__} {text}" if len(text) < 50 else f"{type(value).__name__} of {len(value)}"
    if is_tensor(value):
        where = "" if value.device.type == "cpu" else f" on {value.device}"  # type: ignore[attr-defined]
        return f"tensor {tuple(value.shape)} {value.dtype}{where}".replace("torch.", "")  # type: ignore[attr-defined]
    if is_layer(value):
        return repr_of(value) if not vars(value).get("_modules", True) else type(value).__name__
    return ""


# Each rule returns the headline, or None where it does not apply.


def _leaving(error: BaseException, place: Frame) -> str | None:
    if isinstance(error, SystemExit | LeavesProcess):
        return "Your code asks Python to exit here, so the check could not go on."
    if isinstance(error, Skips):
        return "Your code asks here that its own check be skipped; what is skipped is not done."
    if isinstance(error, Interrupts):
        return "Your code raises KeyboardInterrupt here; nobody pressed Ctrl-C."
    if isinstance(error, ReadsKeyboard):
        return "Your code waits for keyboard input here; a check has no keyboard."
    return None


def _short_cut(error: BaseException, place: Frame) -> str | None:
    """A function of torch was called that is what the exercise builds."""
    return f"{error}." if isinstance(error, ShortCut) else None


def _warned(error: BaseException, place: Frame) -> str | None:
    return "torch warns here, and this check takes it for a fault." if isinstance(error, UserWarning) else None


def _calls_itself(error: BaseException, place: Frame) -> str | None:
    codes = [frame.f_code for frame, _ in place.frames]
    most = max(set(codes), key=codes.count)
    if isinstance(error, RecursionError):
        return f"`{most.co_name}` calls itself again and again: {codes.count(most)} times before Python gave up."
    if codes.count(most) > (1 if most.co_name == "forward" else 2):
        return f"`{most.co_name}` calls itself, on line {place.frames[codes.index(most)][1]}."
    return None


def _asks_the_parent(error: BaseException, place: Frame) -> str | None:
    if isinstance(error, NotImplementedError) and raised_in(error) == "_forward_unimplemented":
        return "nn.Module itself has no forward to be called: what a network does is written in its own."
    return None


def _own_refusal(error: BaseException, place: Frame) -> str | None:
    """The learner's own `raise` or `assert` stops where the check asks for an answer."""
    own = [_raises(node, place) for node in place.nodes if isinstance(node, ast.Raise | ast.Assert)]
    is_slip = isinstance(error, NameError | AttributeError) and error.name  # Python's own says which name
    if not own or is_slip or not isinstance(error, own[0]) or not stops_in(error, place.frame):
        return None
    said = text_of(error).strip()
    because = f": {said}" if said else ""
    return f"Your code refuses here what this check gives it, and that is allowed{because}"


def _raises(node: ast.Raise | ast.Assert, place: Frame) -> type[BaseException]:
    """Return what a statement raises, as far as it can be seen."""
    if isinstance(node, ast.Assert):
        return AssertionError
    kind = known_value(node.exc.func if isinstance(node.exc, ast.Call) else node.exc, place.frame) if node.exc else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else BaseException


def _missing_device(error: BaseException, place: Frame) -> str | None:
    if not isinstance(error, AssertionError | RuntimeError):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("cuda", "xpu", "mps"):
            return (
                f"`.{node.attr}` asks for a device that this machine does not offer. The code works anywhere if it "
                "leaves the device to the caller."
            )
    return None


def init_returns(error: BaseException, path: Path) -> str | None:
    """Name the line where an __init__ gives something back; Python says so outside of the learner's code."""
    if not isinstance(error, TypeError):
        return None
    for function in definitions_called("__init__", path):
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value and getattr(node.value, "value", 0) is not None:
                return f"`__init__` returns something, on line {node.lineno}: it only prepares the object."
    return None


_RULES: tuple[Rule, ...] = (
    _leaving,
    _short_cut,
    _own_refusal,
    unknown_module,
    unknown_name,
    swapped,
    none_gradient,
    none_result,
    no_graph,
    missing_key,
    key_or_attribute,
    comes_from_a_loop,
    not_called,
    power_or_xor,
    asked_whether_true,
    compared_one_by_one,
    set_for_dictionary,
    pair_of_results,
    no_iterator,
    unknown_attribute,
    _asks_the_parent,
    _missing_device,
    wrong_kind_of_argument,
    called_or_not,
    square_brackets,
    _warned,
    _calls_itself,
    made_already,
    wrong_number_of_arguments,
    size_is_no_whole_number,
    lies_on_two_devices,
    does_not_fit_into_view,
    layer_cannot_take,
    weight_of_other_dimensions,
    do_not_line_up,
    whole_number_wanted,
    pools_rows,
)
