"""What an update that did not end has left of a container, under the names that it used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dirg import who
from dirg.names import NEW, OLD
from dirg.records import dataclass

if TYPE_CHECKING:
    from dirg.command import Command
    from dirg.state import HostState, LiveContainer
    from dirg.steps import Deployment
    from dirg.who import Mark


@dataclass(frozen=True)
class Leftover:
    """What there is of a container whose update did not end.

    ``current``: what has its name. ``new``, ``old``: what has the temporary names.
    """

    deployment: Deployment
    current: LiveContainer | None
    new: LiveContainer | None
    old: LiveContainer | None
    kept: tuple[LiveContainer, ...] = ()
    kept_as: str = ""

    @property
    def name(self) -> str:
        return self.deployment.name

    @property
    def mark(self) -> Mark | None:
        """What the update says of itself, by the container it made."""
        made = self.new or self.current
        return who.read(made.mark) if made else None

    @property
    def back(self) -> str:
        """What the new container was called before, where an old one was coming back."""
        return self.mark.back if self.mark else ""

    @property
    def done(self) -> bool:
        """Whether an old container has come back, and only the placeholder is still there."""
        mark, current = self.mark, self.current
        if mark is None or not (mark.back and current) or self.old:
            return False
        return not current.id.startswith(mark.old)

    @property
    def strange(self) -> bool:
        """Whether it is not what an update leaves: others have made some of it."""
        mark, old = self.mark, self.old
        if mark is None:
            # One whose new container has gone, since it was made with --rm, or by hand.
            return bool(self.new or self.current) or not (old and old.definition)
        if old and not old.id.startswith(mark.old):
            return True
        return bool(self.new and old and self.current and not self.back)

    @property
    def replaced(self) -> LiveContainer | None:
        """The new container in its place, beside the old one."""
        return self.current if self.old else None

    @property
    def in_the_way(self) -> str:
        """What is said of what is strange."""
        found = [live.name for live in (self.new, self.old) if live]
        return (
            f"{' and '.join(found)} in the way: no update has left it like that; "
            "rename or remove what is not needed"
        )

    def command(self, *words: str) -> Command:
        return self.deployment.command(*words)


def leftover(deployment: Deployment, there: HostState) -> Leftover:
    """What there is of a container."""
    name, found = deployment.name, there.containers
    return Leftover(
        deployment,
        found.get(name),
        found.get(name + NEW),
        found.get(name + OLD),
        there.kept(name),
        there.next_kept(name),
    )


def owned(deployment: Deployment, there: HostState) -> tuple[LiveContainer, ...]:
    """What updates have left of a container under their names, but what they keep."""
    return () if leftover(deployment, there).strange else there.leftovers(deployment.name)
