"""``python -m dirg`` is the same as ``dirg``."""

from dirg.cli import main

main()
