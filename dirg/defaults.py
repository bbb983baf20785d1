"""How long things may take, and how much is done at once, unless somebody says otherwise."""

from __future__ import annotations

# How long a host may take to answer, in seconds.
TIMEOUT = 10.0
# How long is waited for a container, in seconds: docker itself calls one unhealthy after 90 s,
# where its health check says nothing of times.
PATIENCE = 300.0
# How long a new container without a health check has to stay up, in seconds.
GRACE = 3.0
# How many docker commands are at work at once.
PARALLEL = 16
