"""The Jinja2 template: its text rendered, and its mistakes told at their place."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import jinja2

from dirg.errors import DescriptionError, Mistake, SourcePlace, mistake
from dirg.files import read, shown, unread
from dirg.generated import Environment
from dirg.origins import Rendered, Sources, Unset, expressions, tokens

if TYPE_CHECKING:
    from jinja2.ext import Extension

    from dirg.origins import Origins


def _unset_variable(name: str) -> str:
    default = f"env['{name}'] or 'default'"
    return f"environment variable {name} is not set; set it, or write {{{{{default}}}}}"


class _Undefined(jinja2.StrictUndefined):
    """What there is not; an error also where a list that holds it is printed."""

    def __repr__(self) -> str:
        return str(self._fail_with_undefined_error())


class _Unset(jinja2.Undefined):
    """An unset variable of the shell: false and empty, but an error when it is printed."""

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())

    __repr__ = __str__


class _ShellEnvironment(Mapping[str, Any]):
    """What ``env`` is in a template; a variable that is unset stays recognizable as such.

    It is no dict, which ``dict.update`` could change: a template is rendered twice.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)

    def __getitem__(self, name: str) -> Any:
        if name in self:
            return self._environ[name]
        return _Unset(hint=_unset_variable(name), name=name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._environ

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)

    def __repr__(self) -> str:
        return repr(self._environ)

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


class _Loader(jinja2.BaseLoader):
    """Loads templates by path, and keeps what it loaded."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.sources = Sources()
        self._known = known

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            text = self._known[template] if template in self._known else read(template)
        except (OSError, ValueError) as error:
            raise jinja2.TemplateNotFound(template, unread(error)) from None
        self.sources.texts[template] = text
        return text, template, lambda: True

    def place(self, file: str, line: int) -> SourcePlace:
        """The beginning of what stands in a line of a template."""
        text = "".join(self.sources.get(file, ())[line - 1 : line])
        return SourcePlace(file, line, len(text) - len(text.lstrip()) + 1, text)

    def use(self, name: str, main: str) -> SourcePlace:
        """The first expression that uses a name."""
        for file, lines in self.sources.items():
            for number, line in enumerate(lines, 1):
                for column in expressions(line, name):
                    return SourcePlace(file, number, column + 1, line)
        return SourcePlace(main, 1)


class _Environment(Environment):
    loader: _Loader

    def join_path(self, template: str, parent: str) -> str:
        return shown(os.path.join(os.path.dirname(parent), template))


def render(
    name: str, text: str, variables: Mapping[str, str], environ: Mapping[str, str]
) -> Rendered:
    """Render a template: the text of a file of some name.

    ``variables`` are the properties of ``dirg.cfg``, ``environ`` is what the template sees as
    ``env``. Raises DescriptionError with the place of the mistake.
    """
    # Digits no template contains by accident, and no template can guess.
    nonce = str(random.SystemRandom().randrange(10**15, 10**16))
    context = {**variables, "env": _ShellEnvironment(environ)}
    unprintable = _Unprintable(nonce)
    environment = _environment(unprintable, {name: text})
    printed = _render(environment, name, context)
    there = {*tokens(unprintable.tokens, printed)}
    lost = {unset for token, unset in unprintable.tokens.items() if token not in there}
    if lost:
        # A filter made something else of it, which would be taken for a value.
        raise DescriptionError(
            [
                Mistake(environment.loader.use(unset.name, name), unset.reason)
                for unset in sorted(lost, key=lambda unset: unset.name)
            ]
        )

    def locate() -> Origins:
        from dirg.marking import LineMarks, Marks

        marks = Marks(nonce + "1")
        environment = _environment(_Unprintable(nonce), {name: text}, extensions=[LineMarks])
        environment.dirg_marks = marks  # type: ignore[attr-defined]
        marked = _render(environment, name, context)
        return marks.origins(marked, environment.loader.sources, name)

    return Rendered(printed, unprintable.tokens, locate)


def _environment(
    unprintable: _Unprintable, known: Mapping[str, str], extensions: Sequence[type[Extension]] = ()
) -> _Environment:
    environment = _Environment(
        loader=_Loader(known),
        extensions=extensions,
        undefined=_Undefined,
        finalize=unprintable.finalize,
        keep_trailing_newline=True,
        auto_reload=False,
        # It takes longer than it saves, and for ever where signs stand in a long row.
        optimized=False,
    )
    environment.policies["json.dumps_function"] = _as_json
    return environment


def _as_json(value: object, **how: Any) -> str:
    """For the filter ``tojson``, which would only say that an unset value is none of JSON's."""
    if isinstance(value, jinja2.Undefined):
        str(value)
    return json.dumps(value, **how, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, jinja2.Undefined):
        str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


_CORRECTIONS = {
    "Missing end of comment tag": "write {{'{#'}} where {# begins no comment, or end that by #}",
}


def _render(environment: _Environment, name: str, context: Mapping[str, object]) -> str:
    try:
        return environment.get_template(name).render(context)
    except DescriptionError:
        raise
    except jinja2.TemplateSyntaxError as error:
        place = environment.loader.place(error.filename or name, error.lineno)
        said = (error.message or "").rstrip(".")
        what = f"template syntax: {said}; {_CORRECTIONS.get(said, 'correct it')}"
        raise mistake(place, what) from error
    except jinja2.TemplateNotFound as error:
        place = _failing_place(error, name, environment.loader)
        what = f"{error.message}: {error.name}; files are relative to the one that names them"
        raise mistake(place, what) from error
    except Exception as error:
        # Whatever a template computes can fail in any way Python can.
        place = _failing_place(error, name, environment.loader)
        raise mistake(place, f"template: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it includes or calls itself without end; end that"
    if isinstance(error, MemoryError):
        return "it makes more than there is room for in memory; make less"
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
