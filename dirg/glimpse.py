"""The names in a description at a glance, without YAML and Jinja2: for a shell that completes them.

Reading these in takes longer than all else that a completion does (measured).
"""

from __future__ import annotations

import re

# What a template does with other lines than its own; and lines that do nothing of that.
_STATEMENTS = ("{%", "{#")
_ALONE = re.compile(r"^\{(?:% *set [^%#\n]*=[^%#\n]*%|#[^%#\n]*#)\}$", re.MULTILINE)
_SEPARATOR = re.compile(r"^---[ ]*(?:#.*)?$", re.MULTILINE)
# A list need not be indented.
_BELOW = (" ", "- ")
_BLANK = re.compile(r"[ ]*(?:#.*)?")
_KEY = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*):(?:[ ]+|$)")
# What may follow on the line of a service, and of a container: a list or a name, and a map.
_SERVICE = re.compile(r"\[|[A-Za-z0-9][A-Za-z0-9_.-]*[ ]*$|#|$")
_CONTAINER = re.compile(r"\{(?!\{)|#|$")


def names(text: str) -> list[str] | None:
    """The services and the containers of a description as it is written.

    None where that can't be told but by rendering and reading all of it: where the template may
    make names, or a line begins with anything but blanks, or a name and a colon. What is wrong
    further inside is not seen.
    """
    text = _ALONE.sub("", text)
    if any(each in text for each in _STATEMENTS):
        return None
    documents = [_lines(each) for each in _SEPARATOR.split(text)]
    if not all(_closed(line) for lines in documents for line in lines):
        return None
    if not documents[0]:
        del documents[0]
    # The third one has networks and volumes.
    if not 2 <= len(documents) <= 3:
        return None
    services, containers = _keys(documents[0], _SERVICE), _keys(documents[1], _CONTAINER)
    return None if services is None or containers is None else [*services, *containers]


def _lines(document: str) -> list[str]:
    return [line for line in document.split("\n") if not _BLANK.fullmatch(line)]


def _keys(lines: list[str], value: re.Pattern[str]) -> list[str] | None:
    """The keys of a map, of which each has a value of some form, or one that is below it."""
    if not lines or lines == ["{}"]:
        return []
    if lines[0].startswith(_BELOW):
        return None
    keys = [_KEY.match(line) for line in lines if not line.startswith(_BELOW)]
    found = [key[1] for key in keys if key and value.match(key.string, key.end())]
    return found if len(found) == len(keys) else None


def _closed(line: str) -> bool:
    """Whether all that is opened in a line ends there: quotes, brackets, expressions."""
    pairs = line.count("{") == line.count("}") and line.count("[") == line.count("]")
    return pairs and line.count('"') % 2 == 0 and line.count("'") % 2 == 0
