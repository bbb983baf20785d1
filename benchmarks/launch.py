"""Starts a program, and writes what the system accounts to it: executed as a program itself.

    launch.py FILE-NUMBER COMMAND...

It writes seconds, seconds of processors, KiB and status. The system counts the memory of whoever
starts a program as the program's, so this holds as little as Python can (run it by -I -S).
"""

import os
import signal
import sys
import time


def main() -> None:
    told, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(told, False)
    began = time.monotonic()
    # Python ignores this signal, and programs would go on doing so.
    pid = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGPIPE])
    _, status, usage = os.wait4(pid, 0)
    wall, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    os.write(told, f"{wall} {cpu} {usage.ru_maxrss} {code}".encode())


if __name__ == "__main__":
    main()
