"""The commands that do the same to every container, whatever they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dirg.parameters import acting, command, names, wait, wait_timeout

if TYPE_CHECKING:
    from dirg.session import Session


def _acting(verb: str, text: str, waits: bool = False) -> None:
    """Add a command that does to every selected container what a verb says.

    ``waits``: whether it waits for what a container depends on.
    """

    @command(verb, text)
    @names
    @acting
    @wait
    def act(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
        from dirg import doing
        from dirg.acting import driven

        doing.act(driven(session, skip_unreachable), verb, names)

    if waits:
        wait_timeout(act)


_acting("start", "Start containers.", waits=True)
_acting("stop", "Stop containers.")
_acting("restart", "Stop containers and start them again.", waits=True)
_acting("pause", "Suspend containers.")
# What is unpaused has begun already: it waits for nothing.
_acting("unpause", "Let paused containers go on.")
_acting("kill", "Kill containers.")


@command()
@names
@acting
@wait
@click.option("--networks", is_flag=True, help="Also the description's networks that they used.")
@click.option("--volumes", is_flag=True, help="Also the description's volumes, with their data.")
def rm(
    session: Session,
    names: Sequence[str],
    skip_unreachable: bool,
    networks: bool,
    volumes: bool,
) -> None:
    """Stop containers and remove them."""
    from dirg import doing
    from dirg.acting import driven

    doing.rm(driven(session, skip_unreachable), names, networks, volumes)


@command()
@names
@acting
def pull(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Pull images, each once for every host."""
    from dirg import doing
    from dirg.acting import driven

    doing.pull(driven(session, skip_unreachable), names)


@command()
@names
@acting
def build(session: Session, names: Sequence[str], skip_unreachable: bool) -> None:
    """Build images, each once for every host."""
    from dirg import doing
    from dirg.acting import driven

    doing.build(driven(session, skip_unreachable), names)
