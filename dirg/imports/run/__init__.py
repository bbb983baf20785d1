"""``docker run`` command lines, and scripts of them, as a description."""

from dirg.imports.run.reading import read

__all__ = ["read"]
