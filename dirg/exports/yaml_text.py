"""Plain values as YAML that Docker Compose reads as the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_WIDE = 10**6
# Compose reads YAML 1.2, some of whose numbers PyYAML takes for text.
_AMBIGUOUS = re.compile(
    r"[-+]?(?:0[xob][0-9a-f_]+|[0-9_]*\.?[0-9_]*(?:e[-+]?[0-9]+)?|\.?inf|\.?nan)|[0-9:]+|[yn]", re.I
)
_LINE_ENDS = re.compile("[\n\r\x85\u2028\u2029]")


class Interpolated(str):
    """A text in which Compose is to replace variables; of others it takes every sign as it is."""


class _Dumper(yaml.SafeDumper):
    """Indents lists, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represented(dumper: _Dumper, value: str) -> yaml.Node:
    style = '"' if _LINE_ENDS.search(value) else "'" if _AMBIGUOUS.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style=style)


_Dumper.add_representer(str, _represented)
_Dumper.add_representer(Interpolated, _represented)


def variable(name: str) -> Interpolated:
    """What stands for a variable of the shell that has to be set."""
    return Interpolated(f"${{{name}?{name} must be set}}")


def escaped(text: str) -> str:
    """A text as Compose takes it; what is interpolated already is left as it is."""
    return text if isinstance(text, Interpolated) else Interpolated(text.replace("$", "$$"))


def listed(found: Mapping[str, str | None]) -> dict[str, str | None] | list[str]:
    """A map for a key of Compose that takes a list of ``KEY=VALUE`` as well.

    That is what it becomes where Compose would take a key for an extension.
    """
    if not any(key.startswith("x-") for key in found):
        return dict(found)
    return [
        escaped(key) if value is None else Interpolated(f"{escaped(key)}={escaped(value)}")
        for key, value in found.items()
    ]


def yaml_text(value: object) -> str:
    """Text, numbers, true, false, lists and maps as YAML; ``$`` is escaped but in keys."""
    return str(
        yaml.dump(
            _all_escaped(value), Dumper=_Dumper, width=_WIDE, allow_unicode=True, sort_keys=False
        )
    )


def comment(text: str) -> str:
    """A line of comment, whatever the text holds."""
    words = " ".join(text.split())
    return "# " + "".join(each if each.isprintable() else ascii(each)[1:-1] for each in words)


def _all_escaped(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _all_escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_all_escaped(item) for item in value]
    return escaped(value) if isinstance(value, str) else value
