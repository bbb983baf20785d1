"""Templates as Python code: shorter than Jinja2's own, for a long template is compiled each time.

What Jinja2 writes for each expression takes Python's compiler longer, and more memory, than all
that dirg does with what comes out. Where another version of it writes something else, that stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

_VARIABLE = re.compile(r"\(undefined\(name=(?P<name>.+)\) if (?P<found>\w+) is missing else \w+\)")


class Generator(CodeGenerator):
    """Calls functions of the environment where Jinja2 would write out what they do."""

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:
        written: list[str] = []
        self.__dict__["write"] = written.append
        try:
            super().visit_Name(node, frame)
        finally:
            del self.__dict__["write"]
        code = "".join(written)
        known = _VARIABLE.fullmatch(code)
        self.write(f"environment.given({known['found']}, {known['name']})" if known else code)

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        if frame.buffer is not None or frame.require_output_check or _escapes(frame):
            super().visit_Output(node, frame)
            return
        for plain, children in groupby(node.nodes, _is_plain):
            parts = list(children)
            if plain and len(parts) > 1:
                self._all_printed(parts, frame)
            else:
                super().visit_Output(nodes.Output(parts, lineno=parts[0].lineno), frame)

    def _all_printed(self, parts: Sequence[nodes.Expr], frame: Frame) -> None:
        """Print texts and variables; nothing happens between them that could change these."""
        variables = {part.name: part for part in parts if isinstance(part, nodes.Name)}
        numbers = {name: number for number, name in enumerate(variables)}
        written = [
            repr(part.data) if isinstance(part, nodes.TemplateData) else str(numbers[part.name])
            for part in parts
            if isinstance(part, (nodes.TemplateData, nodes.Name))
        ]
        self.writeline("yield from environment.all_printed((", parts[0])
        self.write(", ".join(written))
        self.write(",), (")
        for variable in variables.values():
            self.visit(variable, frame)
            self.write(", ")
        self.write("))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _escapes(frame):
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.printed(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _escapes(frame):
            super()._output_child_post(node, frame, finalize)
        else:
            self.write(")")


def _is_plain(node: nodes.Expr) -> bool:
    """Whether printing it is sure not to fail, so that its own line needs not be known.

    So it is with a ``finalize`` that has something to print for what is undefined.
    """
    return isinstance(node, (nodes.TemplateData, nodes.Name))


def _escapes(frame: Frame) -> bool:
    return bool(frame.eval_ctx.volatile or frame.eval_ctx.autoescape)


class Environment(SandboxedEnvironment):
    """An environment whose templates call it; its ``finalize`` takes nothing but the value."""

    code_generator_class = Generator

    def given(self, value: object, name: str) -> object:
        """The value of a variable, or what stands for one that there is not."""
        return self.undefined(name=name) if value is missing else value

    def printed(self, value: object) -> str:
        """A value as it is printed."""
        return str(self.finalize(value) if self.finalize else value)

    def all_printed(self, parts: Sequence[str | int], values: Sequence[object]) -> Iterator[str]:
        """Texts as they are, and values by their numbers as they are printed."""
        for part in parts:
            yield part if isinstance(part, str) else self.printed(values[part])
