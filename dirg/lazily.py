"""Reads in modules without those that they import and dirg does not use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module, and reads it in as soon as anything of it is used but what is known."""

    def __init__(self, name: str, known: dict[str, object]) -> None:
        super().__init__(name)
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        # So Python itself asks what kind of a module it is.
        if name.startswith("__"):
            raise AttributeError(name)
        _make_way(self)
        return getattr(import_module(self.__name__), name)


def _make_way(module: ModuleType) -> None:
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]


@contextmanager
def put_off(name: str, **known: object) -> Iterator[None]:
    """Whoever imports a module meanwhile gets it when something of it is used.

    Unlike by ``importlib.util.LazyLoader``, importing what is known from it uses nothing.
    ``known``: what of it is there in any case. A module that was read in already stays as it is.
    """
    if name in sys.modules:
        yield
        return
    module = sys.modules[name] = _Later(name, known)
    try:
        yield
    finally:
        _make_way(module)
