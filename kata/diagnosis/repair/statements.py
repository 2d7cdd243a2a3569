"""Small changes of whole statements: one too many, missing, elsewhere, deeper, ``=`` for ``+=``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from kata.content.graft import Function
from kata.diagnosis.repair.material import MORE_LIKELY, Material, text_of
from kata.diagnosis.repair.tree import Block, Change, both, docstring_end, instead_of, moved, put_before, taken_out


class Statements(Material):
    """The small changes of the statements of a function."""

    def of_statements(self) -> Iterator[Change]:
        """Yield them, block by block."""
        for block in self.places.blocks():
            for index in range(docstring_end(self.function, block), len(block)):
                if self._has_run(block[index]):
                    yield from self._statement(block, index)
                yield from self._indentation(block, index)

    def _statement(self, block: Block, index: int) -> Iterator[Change]:
        node, low = block[index], docstring_end(self.function, block)
        if len(block) - low > 1:
            yield self._change("too much", node, taken_out(block, index))
        for other in range(low, len(block)):
            if other not in (index, index - 1):
                yield self._change("place", node, moved(block, index, other))
        if isinstance(node, ast.AugAssign):
            new: ast.stmt = ast.copy_location(ast.Assign([node.target], node.value), node)
            yield self._change("assignment", node, instead_of(block, index, [new]))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Attribute | ast.Subscript):
            for operator in (ast.Add(), ast.Sub()):
                added = ast.copy_location(ast.AugAssign(copy.copy(node.targets[0]), operator, node.value), node)
                yield self._change("assignment", node, instead_of(block, index, [added]), added)

    def _indentation(self, block: Block, index: int) -> Iterator[Change]:
        node, low = block[index], docstring_end(self.function, block)
        if not isinstance(node, ast.For | ast.While | ast.With | ast.If):
            return
        inner = node.body
        first, last, end = inner[0], inner[-1], len(inner)
        if end > 1:
            out = both(taken_out(inner, end - 1), put_before(block, index + 1, last))
            yield Change("indentation", last.lineno, out)
            yield Change("indentation", first.lineno, both(taken_out(inner, 0), put_before(block, index, first)))
        if index + 1 < len(block):
            after = block[index + 1]
            taken = both(put_before(inner, end, after), taken_out(block, index + 1))
            yield Change("indentation", after.lineno, taken)
        if index > low:
            before = block[index - 1]
            taken = both(put_before(inner, 0, before), taken_out(block, index - 1))
            yield Change("indentation", before.lineno, taken)
        yield Change("block", node.lineno, instead_of(block, index, inner))

    def lacking(self) -> Iterator[Change]:
        """Yield what puts a statement of a right answer in, at each place."""
        whole = Function | ast.ClassDef
        simple = [one for one in self._statements if not isinstance(one, whole) and not self._is_most(one)]
        for block in self.places.blocks():
            for index in range(docstring_end(self.function, block), len(block) + 1):
                here = block[max(index - 1, 0) : index + 1]
                if not any(map(self._has_run, here)):
                    continue
                after = index == len(block)
                line = (block[-1].end_lineno or block[-1].lineno) if after else block[index].lineno
                for new in simple:
                    if isinstance(new, ast.Return) and not after:  # what follows would not run
                        continue
                    weight = 1 if text_of(new) in self._has else MORE_LIKELY
                    yield Change("missing", line, put_before(block, index, new), weight, after, new)
