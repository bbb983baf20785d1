"""Data classes that are made in a third of the time: dirg has dozens, and starts often.

The standard decorator compiles six methods for each class when its module is read in: 0.4 ms for a
frozen one on CPython 3.11 and 3.13, which were a fifth of a small ``dirg run -n`` (measured). Here
only ``__init__`` is compiled, when the first object is made; classes share the other methods. That
nothing is assigned to what is frozen, a type checker sees to: it takes this for the standard
decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from dataclasses import MISSING, fields
    from dataclasses import dataclass as _standard
    from operator import attrgetter

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True):
        """As ``dataclasses.dataclass``; ``frozen`` ones can be hashed."""

        def made(cls):
            # Whoever writes a method gets that one.
            own = {**cls.__dict__}
            cls = _standard(init=False, eq=False, repr=False, match_args=False, slots=slots)(cls)
            known = cls.__dataclass_fields__.values()
            values = attrgetter(*(each.name for each in known if each.compare))
            shown = [each.name for each in known if each.repr]

            def begin(self, *args, **kwargs):
                cls.__init__ = _init(cls)
                cls.__init__(self, *args, **kwargs)

            def equal(self, other):
                if other.__class__ is not self.__class__:
                    return NotImplemented
                return self is other or values(self) == values(other)

            def hashed(self):
                return hash(values(self))

            def told(self):
                parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
                return f"{cls.__qualname__}({parts})"

            methods = {"__init__": begin, "__repr__": told}
            if eq:
                methods |= {"__eq__": equal, "__hash__": hashed if frozen else None}
            for name, method in methods.items():
                if own.get(name) is None:
                    setattr(cls, name, method)
            return cls

        return made

    def _init(cls):
        """What sets the fields of a new object to its arguments, or to what they are without."""
        parameters, body, names = ["self"], [], {"MISSING": MISSING}
        for each in fields(cls):
            name, value, factory = each.name, each.name, each.default_factory
            if factory is not MISSING:
                names[f"{name}_"] = factory
                value = f"{name}_()"
                if each.init:
                    value += f" if {name} is MISSING else {name}"
                    parameters.append(f"{name}=MISSING")
            elif each.default is not MISSING:
                names[f"{name}_"] = each.default
                parameters.append(f"{name}={name}_")
            else:
                parameters.append(name)
            body.append(f"    self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append("    self.__post_init__()")
        made = {}
        exec("\n".join([f"def __init__({', '.join(parameters)}):", *body]), names, made)
        return made["__init__"]


__all__ = ["dataclass"]
