"""What an import has found, and the description that it is written as."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, NamedTuple

import yaml

from dirg.origins import Rendered, verbatim
from dirg.records import dataclass

_WIDE = 10**6
_SHORT = 78
# What YAML takes for the end of a line besides, or drops, unless it is escaped.
_LINE_ENDS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_TEMPLATE_SIGNS = re.compile(r"\{[{%#]")


class Code(NamedTuple):
    """An expression of the template, as in ``{{ text }}``."""

    text: str


@dataclass(frozen=True)
class Template:
    """A value that the template makes: plain text, and expressions in between."""

    parts: tuple[str | Code, ...]


def variable(name: str) -> Template:
    """The value of a variable of the shell, which has to be set; whatever characters it has."""
    return Template((Code(f"env[{name!r}]|tojson"),))


Properties = dict[str, Any]


@dataclass()
class Imported:
    """A description as plain values: text, Template, true, false, None, lists and maps of these.

    ``containers``: the properties of each, in the forms of the description. ``services``: names of
    containers. ``networks``, ``volumes``: what docker network create and docker volume create get,
    by long flags with ``_`` for ``-``. ``notes``: what a person has to know, in lines: what has no
    equivalent, and what was decided. ``secrets``: the values of the variables that secret_env takes
    from the shell.
    """

    containers: dict[str, Properties] = field(default_factory=dict)
    services: dict[str, list[str]] = field(default_factory=dict)
    networks: dict[str, Properties] = field(default_factory=dict)
    volumes: dict[str, Properties] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


def written(found: Imported, title: str) -> str:
    """The service description, with the title and the notes as comments at the top.

    What the template would take for its own is escaped. ``title`` is a line.
    """
    writer = _Writer()
    comments = [f"# {' '.join(line.split())}" for line in (title, *found.notes)]
    documents = [writer.services(found.services), writer.maps(found.containers)]
    resources = {"networks": found.networks, "volumes": found.volumes}
    if any(resources.values()):
        documents.append(writer.maps({name: each for name, each in resources.items() if each}))
    # An expression in a comment is one for the template all the same.
    return writer.templated("\n".join([*comments, "---\n".join(documents)]))


class _Dumper(yaml.SafeDumper):
    """Indents lists, as people write them."""

    tokens: dict[str, Code]
    nonce: str

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(
        self, tag: str, sequence: Any, flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        """Short lists of words are one line."""
        node = super().represent_sequence(tag, sequence, flow_style)
        words = [each.value if isinstance(each, yaml.ScalarNode) else None for each in node.value]
        node.flow_style = all(word is not None and "\n" not in word for word in words) and (
            sum(len(word or "") + 2 for word in words) < _SHORT
        )
        return node


def _represented(dumper: _Dumper, value: Template) -> yaml.Node:
    text = ""
    for part in value.parts:
        if isinstance(part, Code):
            token = f"~{dumper.nonce}~{len(dumper.tokens)}~"
            dumper.tokens[token] = part
            text += token
        else:
            text += part
    whole = len(value.parts) == 1
    style = None if whole else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    """Numbers need no quotes, since dirg takes them as they are written."""
    kind = "int" if _NUMBER.fullmatch(value) else "str"
    style = '"' if _LINE_ENDS.search(value) else None
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", value, style=style)


_Dumper.add_representer(Template, _represented)
_Dumper.add_representer(str, _text)


class _Writer:
    def __init__(self) -> None:
        self.tokens: dict[str, Code] = {}
        # Nothing that is imported has these digits by accident, nor knows them.
        self.dumper = type(
            "_OneDumper", (_Dumper,), {"tokens": self.tokens, "nonce": secrets.token_hex(8)}
        )

    def services(self, services: Mapping[str, Sequence[str]]) -> str:
        """Services; an empty document is one that YAML does not overlook."""
        return "".join(self.yaml({name: [*its]}) for name, its in services.items()) or "{}\n"

    def maps(self, maps: Mapping[str, Mapping[str, Any]]) -> str:
        return "\n".join(self.yaml({name: its}) for name, its in maps.items()) or "{}\n"

    def yaml(self, value: object) -> str:
        return str(
            yaml.dump(
                value,
                Dumper=self.dumper,
                indent=4,
                width=_WIDE,
                allow_unicode=True,
                sort_keys=False,
                default_flow_style=False,
            )
        )

    def templated(self, text: str) -> str:
        text = _TEMPLATE_SIGNS.sub(lambda sign: f"{{{{ '{sign[0]}' }}}}", text)
        for token, code in self.tokens.items():
            text = text.replace(token, f"{{{{{code.text}}}}}")
        return text


def noted(found: Imported, notes: Iterable[str]) -> None:
    """Add notes, each once."""
    found.notes += [note for note in dict.fromkeys(notes) if note not in found.notes]


def plain(found: Imported) -> Rendered:
    """What the template would make of the containers, where its variables are those of secrets."""
    text = json.dumps(
        found.containers, default=lambda value: _known(found, value), ensure_ascii=False
    )
    text = _LINE_ENDS.sub(lambda end: f"\\u{ord(end[0]):04x}", text)
    return verbatim(f"{{}}\n---\n{text}\n", "what was imported")


def _known(found: Imported, value: Template) -> str:
    names = {variable(name).parts: secret for name, secret in found.secrets.items()}
    return names[value.parts]
