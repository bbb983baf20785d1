"""The command that tells who is at work, and removes what those have left who are not any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dirg.parameters import acting, command, names

if TYPE_CHECKING:
    from dirg.session import Session


@command()
@names
@acting
def unlock(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Tell who is at work, and remove locks of those who are not any more."""
    from dirg import unlocking
    from dirg.acting import driven

    unlocking.unlock(driven(session, skip_unreachable), names)
