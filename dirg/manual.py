"""The reference of the commands and the man page, made from the command line itself.

``python -m dirg.manual commands`` prints what docs/commands.rst holds, and
``python -m dirg.manual page`` what docs/dirg.1 does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from inspect import cleandoc

import click

from dirg import __version__
from dirg.cli import cli
from dirg.records import dataclass

_HEAD = """\
Commands
========

..
    Made by "python -m dirg.manual commands": change dirg/commands/, not this file.

``dirg [OPTIONS] COMMAND [OPTIONS] [NAME...]``

A NAME is a service, a container, or a glob over both; none means the service ``all``. The options
that nearly all commands take may stand before the command as well.

Options of all commands
-----------------------

"""
_PAGE = r"""
.SH SYNOPSIS
.B dirg
[\fIOPTIONS\fR] \fICOMMAND\fR [\fIOPTIONS\fR] [\fINAME\fR...]
.SH DESCRIPTION
dirg runs docker containers on many hosts. Services and containers are described in one templated
YAML file; each command acts on all of their hosts at once, by means of the docker CLI.
\fB\-\-dry\-run\fR prints the docker commands, to read, to copy and to paste.
.PP
A \fINAME\fR is a service, a container, or a glob over both; none means the service all.
"""
_END = r"""
.SH EXIT STATUS
0 when all was done, 1 when something failed on an engine, 2 when the command line, dirg.cfg or the
description is wrong (nothing was touched then), 130 after Ctrl\-C, 143 after SIGTERM, 129 when the
terminal has gone. exec ends with the status of what it ran.
.SH ENVIRONMENT
.TP
.B DIRG_CFG
a file that is read after dirg.cfg of this folder, and wins where both say something
.TP
.B DIRG_PROFILE
the section of dirg.cfg to use
.TP
.B NO_COLOR
prints without colours
.PP
docker's own variables, such as DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CERT_PATH and DOCKER_CONFIG,
mean what they mean to docker.
.SH FILES
.TP
.B dirg.cfg
where the description is, and values for it
.TP
.B /run/lock/dirg.lock
an empty file by which those who change the same hosts wait for each other
.SH SEE ALSO
.BR docker (1)
"""


@dataclass(frozen=True)
class Told:
    """A command: its name, how it is called, what it does in paragraphs, and its own options.

    An option is how it is written, and what it does. ``lacking``: the options of all commands that
    this one does not take.
    """

    name: str
    usage: str
    text: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]


def told() -> tuple[Told, ...]:
    """Every command; dirg itself is the first."""
    return tuple(_told(cli, click.Context(cli, info_name="dirg"), frozenset()))


def commands() -> str:
    """docs/commands.rst, as reStructuredText."""
    dirg, *others = told()
    return _HEAD + _listed(dirg.options) + "".join(map(_section, others))


def page() -> str:
    """docs/dirg.1, for man."""
    dirg, *others = told()
    title = f'.TH DIRG 1 "" "dirg {__version__}" "User commands"\n'
    name = ".SH NAME\ndirg \\- run docker containers on many hosts"
    options = ".SH OPTIONS\nThese may stand before and after the command.\n"
    parts = [title, name, _PAGE, options, *map(_tagged, dirg.options), ".SH COMMANDS\n"]
    return "".join([*parts, *map(_entry, others)]).rstrip("\n") + _END


def _told(command: click.Command, context: click.Context, shared: frozenset[str]) -> Iterator[Told]:
    """A command, and those that belong to it; ``shared`` are names of options told already."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    names = {str(each.name) for each in options}
    acts = not isinstance(command, click.Group)
    lacking = tuple(f"``--{name.replace('_', '-')}``" for name in sorted(shared - names) if acts)
    yield Told(
        context.command_path,
        " ".join([context.command_path, *command.collect_usage_pieces(context)]),
        tuple(" ".join(each.split()) for each in cleandoc(command.help or "").split("\n\n")),
        tuple(_option(each, context) for each in options if each.name not in shared),
        lacking,
    )
    if isinstance(command, click.Group):
        shared = shared or frozenset(names - {"version"})
        for name in sorted(command.list_commands(context)):
            below = command.get_command(context, name)
            assert below is not None
            yield from _told(below, click.Context(below, context, name), shared)


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    written, text = option.get_help_record(context) or ("", "")
    return written, text.replace("  [", " [")


def _section(command: Told) -> str:
    title = command.name
    text = "\n\n".join(map(_escaped, command.text))
    lines = [f"\n{title}\n{'-' * len(title)}\n\n``{command.usage}``\n\n{text}\n"]
    if command.options:
        lines.append("\n" + _listed(command.options))
    if command.lacking:
        lines.append(f"\nIt does not take {_enumerated(command.lacking)}.\n")
    return "".join(lines)


def _listed(options: Sequence[tuple[str, str]]) -> str:
    return "".join(f"``{written}``\n    {_escaped(text)}\n" for written, text in options)


def _enumerated(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _escaped(text: str) -> str:
    """Text in which no character means anything to reStructuredText."""
    return re.sub(r"([*`|\\]|_\b)", r"\\\1", text)


def _entry(command: Told) -> str:
    first, *further = map(_roff, command.text)
    paragraphs = "".join(f".IP\n{text}\n" for text in further)
    options = f".RS\n{''.join(map(_tagged, command.options))}.RE\n" if command.options else ""
    return f".TP\n.B {_roff(command.usage)}\n{first}\n{paragraphs}{options}"


def _tagged(option: tuple[str, str]) -> str:
    written, text = option
    return f".TP\n.B {_roff(written)}\n{_roff(text)}\n"


def _roff(text: str) -> str:
    """Text in which no character means anything to roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    print({"commands": commands, "page": page}[sys.argv[1]](), end="")
