"""The reference of the properties, made from the tables that dirg itself goes by.

``python -m dirg.reference`` prints what docs/properties.rst holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dirg import options

if TYPE_CHECKING:
    from dirg.options import Option

_HEAD = """\
Properties of a container
=========================

..
    Made by "python -m dirg.reference": change the tables in dirg/options.py, not this file.

A property may be written with ``_`` or with ``-``. Values reach docker as they are written.

dirg's own
----------

"""
_RUN = """
Flags of docker run
-------------------

Every long flag of ``docker run``, CLI 20.10 to 28, is a property of its name. A flag that takes
several values is given once for each. A key without a value, as in ``{KEY: }``, is given alone.

"""
_BUILD = """
Flags of docker build
---------------------

In ``build``, besides ``context`` (the directory) and ``dockerfile`` (a file in it), every long flag
of ``docker build`` is a key of its name.

"""
_RESOURCES = """
Networks and volumes
--------------------

What ``networks`` and ``volumes`` of the third document take: every long flag of ``docker network
create``, and of ``docker volume create``.

"""


def reference() -> str:
    """The whole page, as reStructuredText."""
    own = [
        (f"``{name}``", each.takes, f"``{name}: {each.example}``", each.docker)
        for name, each in options.PROPERTIES.items()
    ]
    parts = [
        _HEAD,
        _table(("property", "takes", "for example", "docker"), own),
        _RUN,
        _flags("property", options.RUN),
        _BUILD,
        _flags("key", options.BUILD),
        _RESOURCES,
        _flags("network", options.NETWORK),
        "\n",
        _flags("volume", options.VOLUME),
    ]
    return "".join(parts)


def _flags(what: str, table: dict[str, Option]) -> str:
    rows = [
        (f"``{name}``", each.form.value, f"``{name}: {each.example}``", f"``{each.flag}``")
        for name, each in sorted(table.items())
    ]
    return _table((what, "takes", "for example", "docker"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = _line(("=" * width for width in widths), widths)
    lines = [rule, _line(head, widths), rule, *(_line(row, widths) for row in rows), rule]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip()


if __name__ == "__main__":
    print(reference(), end="")
