"""What the options of every command are, and what they are unless somebody says otherwise."""

from __future__ import annotations

from dirg.records import dataclass

# How long a host may take to answer, in seconds.
TIMEOUT = 10.0
# How long is waited for a container, in seconds: docker itself calls one unhealthy after 90 s,
# where its health check says nothing of times.
PATIENCE = 300.0
# How long a new container without a health check has to stay up, in seconds.
GRACE = 3.0
# How many docker commands are at work at once.
PARALLEL = 16


@dataclass()
class Options:
    """The options every command takes, before and after its name."""

    debug: bool = False
    dry_run: bool = False
    config: str | None = None
    profile: str | None = None
    host: str | None = None
    parallel: int = PARALLEL
    timeout: float = TIMEOUT
    wait_timeout: float = PATIENCE
    quiet: bool = False
    log: str | None = None
    wait: float = 0.0
