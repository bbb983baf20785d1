"""The Jinja2 template: its text rendered, and where each rendered line was written."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment

from dirg.errors import DescriptionError, Mistake, SourcePlace, UsageError, mistake


@dataclass(frozen=True)
class Unset:
    """The name of what a template should have printed, and why it could not."""

    name: str
    reason: str


@dataclass(frozen=True)
class Rendered:
    """A rendered template.

    ``text``: what was rendered, with a token in place of each value that could not be printed.
    ``unset``: these tokens, and what each should have been.
    ``locate``: finds out where the lines of the text were written; called when somebody asks.
    """

    text: str
    unset: Mapping[str, Unset]
    locate: Callable[[], Origins]

    @cached_property
    def _origins(self) -> Origins:
        return self.locate()

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def place(self, index: int, name: str = "") -> SourcePlace:
        """Where the character at an index of the text was written; there, where a name stands."""
        line = self.text.count("\n", 0, index)
        column = index - self.text.rfind("\n", 0, index) - 1
        found, source = self._origins.find(line, column, self._lines)
        part = self._lines[line][found.start : found.end]
        column = _source_column(source, part, column - found.start)
        named = _expressions(source, name) if name else []
        if named:
            # The same name may be used several times in a line.
            start = self.text.rfind("\n", 0, index) + 1
            before = sum(
                self.text.count(token, start, index)
                for token, unset in self.unset.items()
                if unset.name == name
            )
            column = named[min(before, len(named) - 1)]
        return SourcePlace(found.file, found.line, column + 1, source)

    def readable(self) -> str:
        """The text as a person may read it: nothing in place of what could not be printed."""
        text = self.text
        for token in self.unset:
            text = text.replace(token, "")
        return text


@dataclass(frozen=True)
class Part:
    """A part of a rendered line, and the line of a file (from 1) that it was written in."""

    start: int
    file: str
    line: int
    end: int | None = None


@dataclass(frozen=True)
class Origins:
    """Where each part of a rendered text was written.

    ``lines``: the text as it came out a second time, for finding the way in it.
    ``parts``: the parts of each of these, in their order.
    ``sources``: the lines of each file that took part.
    """

    lines: Sequence[str]
    parts: Sequence[Sequence[Part]]
    sources: Mapping[str, Sequence[str]]

    def find(self, number: int, column: int, lines: Sequence[str]) -> tuple[Part, str]:
        """The part that a place in the text belongs to, and the line of the file it is from."""
        parts = self.parts[min(self._same(number, lines), len(self.parts) - 1)]
        found = [part for part in parts if part.start <= column][-1]
        source = self.sources.get(found.file, ())
        return found, source[found.line - 1] if found.line <= len(source) else ""

    def _same(self, number: int, lines: Sequence[str]) -> int:
        """The number this line has here: another one where a template gives no text twice."""
        if len(lines) == len(self.lines):
            return number
        blocks = SequenceMatcher(None, lines, self.lines, autojunk=False).get_matching_blocks()
        before = [block for block in blocks if block.a <= number]
        return number - before[-1].a + before[-1].b if before else number


def _expressions(source: str, name: str) -> list[int]:
    """Where a name is used in the expressions of a line."""
    return [
        expression.start() + used.start()
        for expression in re.finditer(r"\{\{.*?\}\}", source)
        for used in re.finditer(rf"\b{re.escape(name)}\b", expression[0])
    ]


def _source_column(source: str, rendered: str, column: int) -> int:
    """The column in the source line of a column in the line rendered from it.

    What precedes the first expression and what follows the last one stays as it was written;
    anything between belongs to where the lines begin to differ.
    """
    same = _shared(source, rendered)
    if column < same or source == rendered:
        return min(column, len(source))
    tail = _shared(source[same:][::-1], rendered[same:][::-1])
    if tail and column >= len(rendered) - tail:
        return len(source) - (len(rendered) - column)
    return same


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _unset_variable(name: str) -> str:
    default = f"env['{name}'] or 'default'"
    return f"environment variable {name} is not set; set it, or write {{{{{default}}}}}"


class _Unset(jinja2.Undefined):
    """An unset variable of the shell: false and empty, but an error when it is printed."""

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())


class _ShellEnvironment(dict[str, str]):
    """What ``env`` is in a template; a variable that is unset stays recognizable as such."""

    def __missing__(self, name: str) -> _Unset:
        return _Unset(hint=_unset_variable(name), name=name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self or default is None else default


class _Unprintable:
    """Gives a token for each value that must not be printed, to be judged where it ends up.

    In a comment it does no harm; in the value of a property it is an error.
    """

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self.tokens: dict[str, Unset] = {}

    def finalize(self, value: object) -> object:
        if not isinstance(value, jinja2.Undefined):
            return value
        token = f"~{self.nonce}~{len(self.tokens)}~"
        self.tokens[token] = Unset(str(value._undefined_name), _why(value))
        return token


def _why(value: jinja2.Undefined) -> str:
    name = value._undefined_name
    if isinstance(value, _Unset):
        return _unset_variable(str(name))
    return _advised(value._undefined_message)


class _LineMarks(Extension):
    """Writes at the beginning of each line of a template, and of each part, where it stands.

    These marks survive loops, macros and includes, and are taken out of what was rendered. A
    template can notice them (by ``trim``, by comparing a block), so that what is rendered with
    marks tells places only. They are digits, since filters would change other characters.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        marks: _Marks = self.environment.dirg_marks  # type: ignore[attr-defined]
        file = marks.number(stream.filename or stream.name or "")
        for token in stream:
            if token.type == "data":
                token = Token(token.lineno, "data", marks.marked(file, token.lineno, token.value))
            yield token


class _Marks:
    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self.files: list[str] = []

    def number(self, file: str) -> int:
        if file not in self.files:
            self.files.append(file)
        return self.files.index(file)

    def marked(self, file: int, line: int, text: str) -> str:
        parts = enumerate(text.split("\n"), line)
        return "\n".join(f"~{self.nonce}~{file}~{number}~{part}" for number, part in parts)

    def origins(self, text: str, sources: Mapping[str, Sequence[str]], name: str) -> Origins:
        """The lines of a marked text without the marks, and where each part was written."""
        mark = re.compile(f"~{self.nonce}~(\\d+)~(\\d+)~")
        origin = (name, 1)
        lines, parts = [], []
        for marked in text.split("\n"):
            # split() gives the text between the marks, and each mark's two groups.
            line, *rest = mark.split(marked)
            # What comes before any mark came out of an expression on a line before.
            found = [Part(0, *origin)]
            for file, number, part in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
                if origin != (self.files[int(file)], int(number)):
                    origin = (self.files[int(file)], int(number))
                    found[-1] = replace(found[-1], end=len(line))
                    found.append(Part(len(line), *origin))
                line += part
            lines.append(line)
            parts.append(found)
        return Origins(lines, parts, sources)


class _Loader(jinja2.BaseLoader):
    """Loads templates by path, and keeps what it loaded."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[str, ...]] = {}

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            text = Path(template).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise mistake(
                SourcePlace(template, line), "not UTF-8; save the file as UTF-8"
            ) from error
        except (OSError, ValueError):
            raise jinja2.TemplateNotFound(template) from None
        self.sources[template] = tuple(text.split("\n"))
        return text, template, lambda: True

    def place(self, file: str, line: int) -> SourcePlace:
        """The beginning of what stands in a line of a template."""
        text = "".join(self.sources.get(file, ())[line - 1 : line])
        return SourcePlace(file, line, len(text) - len(text.lstrip()) + 1, text)

    def use(self, name: str, main: str) -> SourcePlace:
        """The first expression that uses a name."""
        for file, lines in self.sources.items():
            for number, line in enumerate(lines, 1):
                for column in _expressions(line, name):
                    return SourcePlace(file, number, column + 1, line)
        return SourcePlace(main, 1)


class _Environment(SandboxedEnvironment):
    loader: _Loader

    def join_path(self, template: str, parent: str) -> str:
        return shown(Path(parent).parent / template)


def shown(path: Path) -> str:
    """How a path is shown to a person: relative where it is below the current folder."""
    path = Path(os.path.normpath(path))
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def render(path: Path, variables: Mapping[str, str], environ: Mapping[str, str]) -> Rendered:
    """Render the template in a file.

    ``variables`` are the properties of ``dirg.cfg``, ``environ`` is what the template sees as
    ``env``. Raises DescriptionError with the place of the mistake.
    """
    # Digits no template contains by accident, and no template can guess.
    nonce = str(random.SystemRandom().randrange(10**15, 10**16))
    context = {**variables, "env": _ShellEnvironment(environ)}
    name = shown(path)
    unprintable = _Unprintable(nonce)
    environment = _environment(unprintable)
    text = _render(environment, name, context)
    lost = {unset for token, unset in unprintable.tokens.items() if token not in text}
    if lost:
        # A filter made something else of it, which would be taken for a value.
        raise DescriptionError(
            [
                Mistake(environment.loader.use(unset.name, name), unset.reason)
                for unset in sorted(lost, key=lambda unset: unset.name)
            ]
        )

    def locate() -> Origins:
        marks = _Marks(nonce + "1")
        environment = _environment(_Unprintable(nonce), extensions=[_LineMarks])
        environment.dirg_marks = marks  # type: ignore[attr-defined]
        marked = _render(environment, name, context)
        return marks.origins(marked, environment.loader.sources, name)

    return Rendered(text, unprintable.tokens, locate)


def _environment(
    unprintable: _Unprintable, extensions: Sequence[type[Extension]] = ()
) -> _Environment:
    return _Environment(
        loader=_Loader(),
        extensions=extensions,
        undefined=jinja2.StrictUndefined,
        finalize=unprintable.finalize,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def _render(environment: _Environment, name: str, context: Mapping[str, object]) -> str:
    try:
        return environment.get_template(name).render(context)
    except DescriptionError:
        raise
    except jinja2.TemplateSyntaxError as error:
        place = environment.loader.place(error.filename or name, error.lineno)
        what = f"template syntax: {(error.message or '').rstrip('.')}; correct it"
        raise mistake(place, what) from error
    except jinja2.TemplateNotFound as error:
        if error.name == name:
            raise UsageError(f"{name}: no such file; it is what dirg_services names") from error
        place = _failing_place(error, name, environment.loader)
        what = f"no such file: {error.name}; files are relative to the one that names them"
        raise mistake(place, what) from error
    except Exception as error:
        # Whatever a template computes can fail in any way Python can.
        place = _failing_place(error, name, environment.loader)
        raise mistake(place, f"template: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it includes or calls itself without end; end that"
    return _advised(" ".join(str(error).split()) or type(error).__name__)


def _advised(problem: str) -> str:
    """What is wrong with an expression, and what to do."""
    if problem.endswith(" is undefined"):
        return f"{problem}; define it in dirg.cfg"
    return problem if ";" in problem else f"{problem.rstrip('.')}; correct the expression"


def _failing_place(error: Exception, name: str, loader: _Loader) -> SourcePlace:
    """The innermost line of a template that was at work when the error came up."""
    places = [
        loader.place(frame.f_code.co_filename, line)
        for frame, line in _frames(error.__traceback__)
        if frame.f_code.co_filename in loader.sources
    ]
    return places[-1] if places else SourcePlace(name, 1)


def _frames(traceback: TracebackType | None) -> Iterator[tuple[Any, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
