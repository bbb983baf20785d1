"""Signals, and standard streams that are closed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# The thread that begins a process waits for what the interrupted one holds, as it happens when
# concurrent.futures starts a thread: it keeps a fork from happening meanwhile.
CROSSED = """
import os, signal, sys, threading
from dirg.process import heed_signals
from dirg.session import Session

session = Session(environ=os.environ)
heed_signals(session)
held = threading.Event()
global_lock = threading.Lock()

def begin():
    with session.docker._changed:
        held.set()
        with global_lock:
            pass

session.docker
worker = threading.Thread(target=begin)
try:
    with global_lock:
        worker.start()
        held.wait()
        for _ in range(int(sys.argv[1])):
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
finally:
    worker.join()
print("stopped" if session.docker._stopped.wait(20) else "goes on")
"""


@pytest.mark.parametrize(
    ("times", "output", "status"), [("1", "interrupted\nstopped\n", 0), ("2", "interrupted\n", 130)]
)
def test_an_interruption_waits_for_no_thread(times: str, output: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CROSSED, times],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == (output, status)
