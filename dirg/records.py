"""Data classes that are made in a quarter of the time: dirg has dozens, and starts often.

The standard decorator compiles six methods for each class when its module is read in: 0.4 ms for a
frozen one on CPython 3.11 and 3.13, which were a fifth of a small ``dirg run -n`` (measured). Here
only ``__init__`` is compiled; classes share the other methods. That nothing is assigned to what is
frozen, a type checker sees to: it takes this for the standard decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from dataclasses import dataclass as _standard
    from operator import attrgetter

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True):
        """As ``dataclasses.dataclass``; ``frozen`` ones can be hashed."""

        def made(cls):
            # Whoever writes a method gets that one.
            own = {**cls.__dict__}
            cls = _standard(eq=False, repr=False, slots=slots)(cls)
            fields = cls.__dataclass_fields__.values()
            values = attrgetter(*(each.name for each in fields if each.compare))
            shown = [each.name for each in fields if each.repr]

            def equal(self, other):
                if other.__class__ is not self.__class__:
                    return NotImplemented
                return self is other or values(self) == values(other)

            def hashed(self):
                return hash(values(self))

            def told(self):
                parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
                return f"{cls.__qualname__}({parts})"

            methods = {"__repr__": told}
            if eq:
                methods |= {"__eq__": equal, "__hash__": hashed if frozen else None}
            for name, method in methods.items():
                if own.get(name) is None:
                    setattr(cls, name, method)
            return cls

        return made


__all__ = ["dataclass"]
