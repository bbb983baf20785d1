"""One call of dirg: its options, and what they lead to: configuration, description, docker.

What these need is imported when they are asked for: most commands need a part of it only.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from dirg.defaults import Options
from dirg.errors import DescriptionError, UsageError
from dirg.records import dataclass
from dirg.saying import say, say_at

if TYPE_CHECKING:
    from queue import SimpleQueue

    from dirg.audit import Audit
    from dirg.check import Checked
    from dirg.command import Command, Result
    from dirg.definitions import Description
    from dirg.docker import Docker
    from dirg.errors import Mistake
    from dirg.host import Host
    from dirg.origins import Rendered
    from dirg.programs import Programs
    from dirg.settings import Settings
    from dirg.state import HostState
    from dirg.steps import Deployment, States
    from dirg.together import Bounds

# How long killing what is at work may take, in seconds.
_TIME_TO_KILL = 1.0


@dataclass()
class Session:
    """Reads what a command needs when it needs it.

    ``interrupted``: the number of the signal that asked to stop. ``orderly``: what is at work
    heeds it by itself. ``took``: how long each host took to answer, in seconds. ``quiet``: warnings
    are not told. ``written``: the options of the command line, to repeat it; ``verb``: its command.
    ``at_end``: gives back what is held as long as a command takes.
    """

    options: Options = field(default_factory=Options)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    interrupted: int = 0
    orderly: bool = False
    took: dict[Host, float] = field(default_factory=dict)
    quiet: bool = False
    written: tuple[str, ...] = ()
    verb: str = ""
    at_end: list[Callable[[], None]] = field(default_factory=list)
    _to_end: SimpleQueue[bool] | None = None
    _programs: Programs | None = None

    @cached_property
    def settings(self) -> Settings:
        from dirg import settings

        found = settings.load(self.options.config, self.options.profile, self.environ)
        for file in found.files:
            self.debug(f"configuration: {file}")
        self.debug(f"service description: {found.services}")
        return found

    @cached_property
    def rendered(self) -> Rendered:
        from dirg import files

        return files.rendered(self.settings.services, self.settings.variables, self.environ)

    @cached_property
    def description(self) -> Description:
        from dirg import definitions

        found = definitions.parse(self.rendered, self.settings.folder)
        for warning in found.warnings if not self.quiet else ():
            say_at(warning, "warning: ")
        return found

    @cached_property
    def checked(self) -> Checked:
        from dirg.check import check

        return check(self.description, self.environ)

    def names(self, names: Sequence[str]) -> tuple[str, ...]:
        """The containers that names on the command line stand for."""
        from dirg import selection

        found = selection.select(self.description, names)
        self.debug(f"selected: {', '.join(found) or 'nothing'}")
        return found

    def deployments(self, names: Sequence[str]) -> list[Deployment]:
        """The containers that names stand for, with their hosts, on the hosts that were asked for.

        Raises DescriptionError with every mistake of the description.
        """
        if not all(each.refused for each in self.checked.mistakes):
            raise DescriptionError(self.checked.mistakes)
        return self._on_wanted_hosts([self.checked.deployment(name) for name in self.names(names)])

    @property
    def everything(self) -> list[Deployment]:
        """All containers of the description whose host is known."""
        return [*self.checked.deployments.values()]

    def refusals(self, deployments: Sequence[Deployment]) -> list[Mistake]:
        """What docker would refuse, though it can be written."""
        refused = [each for each in self.checked.mistakes if each.refused]
        return refused + self.checked.collisions([each.name for each in deployments])

    def _on_wanted_hosts(self, found: list[Deployment]) -> list[Deployment]:
        pattern = self.options.host
        if pattern is None:
            return found
        wanted = [each for each in found if each.host.matches(pattern)]
        if not wanted:
            hosts = ", ".join(dict.fromkeys(each.host.name for each in found)) or "none"
            raise UsageError(f"--host {pattern}: fits no host of the selection; hosts: {hosts}")
        return wanted

    @cached_property
    def docker(self) -> Docker:
        from dirg.docker import Docker

        # From here on there is garbage; what was read in is none.
        gc.freeze()
        gc.enable()
        self._end_when_interrupted()
        options = self.options
        return Docker(self.environ, self._begun, options.timeout, self.audit)

    def _begun(self, command: Command) -> None:
        """Tell of a docker command that is about to be executed."""
        self.debug(str(command))
        for name in command.inherited:
            if name not in self.environ:
                say(f"warning: secret_env: {name} is not set; {command.container} gets none")

    @cached_property
    def audit(self) -> Audit | None:
        """The log of docker commands, None where none is kept; it is opened before the first."""
        from dirg import audit

        return audit.opened(self)

    @contextmanager
    def programs(self) -> Iterator[Programs]:
        """What runs programs other than docker; raises KeyboardInterrupt after an interruption."""
        from dirg.programs import Programs

        self._programs, self.orderly = Programs(self.environ), True
        try:
            yield self._programs
        finally:
            self.orderly = False
        if self.interrupted:
            raise KeyboardInterrupt

    @property
    def bounds(self) -> Bounds:
        from dirg.together import Bounds

        return Bounds(total=self.options.parallel, names=self.options.parallel)

    def again(self, verb: str, names: Iterable[str]) -> str:
        """The command line that does the same to some containers."""
        from dirg import shell

        return shell.join(["dirg", verb, *self.written, *names])

    def interrupt(self, number: int) -> None:
        """Begin nothing any more, and have the docker processes that are at work ended.

        Raises KeyboardInterrupt unless what is at work heeds it. The second time, ends dirg. Made
        for a signal's handler: it waits for no lock that the thread under it may hold.
        """
        again, self.interrupted = self.interrupted, number
        if self._to_end:
            self._to_end.put(bool(again))
        if again:
            # Whatever is being written may not be interrupted by more of the same.
            time.sleep(_TIME_TO_KILL)
            self._leave()
        if not self.orderly:
            raise KeyboardInterrupt

    def _end_when_interrupted(self) -> None:
        """Have a thread end docker processes as often as somebody interrupts.

        In the handler itself it could wait for ever: a thread that begins a process holds the
        lock of Docker, and for the fork one of concurrent.futures, which whoever is interrupted
        may hold (measured: one in fifty).
        """
        import threading
        from queue import SimpleQueue

        to_end: SimpleQueue[bool] = SimpleQueue()

        def end() -> None:
            while True:
                kill = to_end.get()
                self.end(kill)
                if kill:
                    self._leave()

        self._to_end = to_end
        threading.Thread(target=end, daemon=True).start()

    def _leave(self) -> NoReturn:
        if sys.stdout.isatty():
            # What was shown of what is at work has hidden it.
            os.write(1, b"\x1b[?25h")
        self.close_log()
        os.write(2, b"dirg: interrupted again: what was begun may be half done\n")
        os._exit(128 + self.interrupted)

    def end(self, kill: bool) -> None:
        """End the processes that are at work; ``kill`` those too that put things back."""
        if self._programs:
            self._programs.end()
        if "docker" in self.__dict__:
            self.docker.stop(kill)

    def close_log(self) -> Audit | None:
        """Have the log complete, since dirg ends; returns it where one was opened."""
        audit = self.audit if "audit" in self.__dict__ else None
        if audit:
            audit.close()
        return audit

    def close(self) -> None:
        """Give back what was held for the command, whatever became of it, the last first."""
        # From here on, a signal is to interrupt nothing that takes longer than a moment.
        self.orderly = True
        while self.at_end:
            self.at_end.pop()()

    def debug(self, text: str) -> None:
        """Say something that only ``-d`` asks for."""
        if self.options.debug:
            say(f"debug: {text}")

    def observe(self, hosts: Iterable[Host]) -> States:
        """Ask every host for its containers, all at once, within the time limit."""
        from dirg import queries
        from dirg.together import each_of

        self._ready_to_ask()
        asked = [queries.ls(each) for each in dict.fromkeys(hosts)]
        return dict(each_of(self._observed, asked, self.bounds, lambda query: query.host))

    def _observed(self, query: Command) -> tuple[Host, HostState]:
        from dirg import queries
        from dirg.reasons import why
        from dirg.state import HostState

        result = self.query(query)
        self.took[query.host] = result.seconds
        if result.ok:
            return query.host, queries.listed(result)
        self.debug(f"{query.host.name}: {result.error.strip()}")
        return query.host, HostState(error=why(result, self.environ))

    def ask(self, asked: Iterable[Command]) -> list[Result]:
        """Execute queries, all at once, within the time limit."""
        from dirg.together import each_of

        self._ready_to_ask()
        return each_of(self.query, asked, self.bounds, lambda query: query.host)

    def _ready_to_ask(self) -> None:
        self.docker  # noqa: B018 - threads must not make one each
        if self.interrupted:
            raise KeyboardInterrupt

    def query(self, query: Command) -> Result:
        """Execute a query within the time limit."""
        return self.docker(query, self.options.timeout)
