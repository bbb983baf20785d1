"""What plainly written files say at a glance, without the libraries that read all of them.

Reading in YAML and Jinja2 takes longer than all else that the completion of a name does, and
``configparser`` a fiftieth of a small dry run. Regular expressions that are compiled for so little
take their time, too (measured).
"""

from __future__ import annotations

from collections.abc import Callable

# What stands below a key; a list need not be indented.
_BELOW = (" ", "- ")
# Where a line ends for YAML, too; and a quote that ends nothing.
_OTHER_ENDS = ("\x85", "\u2028", "\u2029")
_QUOTED = '\\"'


def sections(text: str) -> dict[str, dict[str, str]] | None:
    """The properties of each section of a configuration, as ``configparser`` reads them.

    None where it has to: where a line is anything but blank, a comment, a section, or a name and
    what it is.
    """
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    for line in text.split("\n"):
        if not line.strip() or line[0] in "#;":
            continue
        if line[0] == "[":
            inside, end, rest = line[1:].rstrip().partition("]")
            if not (inside and end) or rest or "[" in inside:
                return None
            section = found.setdefault(inside, {})
            continue
        name = line.partition("=")[0].partition(":")[0]
        if section is None or name == line or not _is_name(name.rstrip()):
            return None
        section[name.rstrip()] = line[len(name) + 1 :].strip()
    return found


def names(text: str) -> list[str] | None:
    """The services and the containers of a description as it is written.

    None where that can't be told but by rendering and reading all of it: where the template may
    make names, or a line begins with anything but blanks, or a name and a colon. What is wrong
    further inside is not seen.
    """
    documents: list[list[str]] = [[]]
    if any(each in text for each in _OTHER_ENDS):
        return None
    for line in text.split("\n"):
        if _is_separator(line):
            documents.append([])
        elif not (_is_blank(line) or _does_nothing(line)):
            if not _is_closed(line):
                return None
            documents[-1].append(line)
    if not documents[0]:
        del documents[0]
    # The third one has networks and volumes.
    if not 2 <= len(documents) <= 3:
        return None
    services, containers = _keys(documents[0], _is_service), _keys(documents[1], _is_container)
    return None if services is None or containers is None else [*services, *containers]


def _keys(lines: list[str], fits: Callable[[str], bool]) -> list[str] | None:
    """The keys of a map, of which each has a value that fits, or one that is below it."""
    if not lines or lines == ["{}"]:
        return []
    if lines[0].startswith(_BELOW):
        return None
    found = []
    for line in lines:
        if not line.startswith(_BELOW):
            key, colon, value = line.partition(":")
            if not (colon and _is_name(key) and value[:1] in ("", " ") and fits(value.strip(" "))):
                return None
            found.append(key)
    return found


def _is_service(value: str) -> bool:
    """A list, or a name."""
    return value[:1] in ("", "#", "[") or _is_name(value)


def _is_container(value: str) -> bool:
    """A map, unless the template makes it."""
    return value[:1] in ("", "#") or (value[0] == "{" and value[:2] != "{{")


def _is_name(word: str) -> bool:
    letters = word.replace("_", "").replace(".", "").replace("-", "")
    return word.isascii() and word[:1].isalnum() and letters.isalnum()


def _is_separator(line: str) -> bool:
    return line.startswith("---") and line[3:4] in ("", " ") and _is_blank(line[3:])


def _is_blank(line: str) -> bool:
    """Whether nothing stands there but a comment, in which the template does nothing."""
    return line.lstrip(" ")[:1] in ("", "#") and "{%" not in line and "{#" not in line


def _does_nothing(line: str) -> bool:
    """Whether the template does nothing there that shows in another line, nor in this one."""
    inside = line[2:-2]
    # With these signs at its ends, it would take away the ends of lines.
    if not inside or "%" in inside or "#" in inside or {inside[0], inside[-1]} & {"-", "+"}:
        return False
    if line.startswith("{#"):
        return line.endswith("#}")
    sets = inside.lstrip(" ").startswith("set ") and "=" in inside
    return sets and line.startswith("{%") and line.endswith("%}")


def _is_closed(line: str) -> bool:
    """Whether all that is opened in a line ends there, and the template has no statement in it."""
    return (
        line.count("{") == line.count("}")
        and line.count("[") == line.count("]")
        and line.count('"') % 2 == 0
        and _QUOTED not in line
        and line.count("'") % 2 == 0
        and "{%" not in line
        and "{#" not in line
    )
