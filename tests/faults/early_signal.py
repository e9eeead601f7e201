#!/usr/bin/env python3
"""A signal that a handler is to answer waits for the handler: without that, a process of which the libraries take long to begin is
killed by it, and a row of docs/failures.md looks wrong on a slow machine.

    tests/faults/early_signal.py --bin ... --shim ...
"""
import os
import signal
import subprocess
import sys

from sweep_under_test import EXIT_0, Broken, arguments, hold, send, send_when_caught, status_of


def main():
    options = arguments(__doc__.partition("\n")[0]).parse_args()
    caught = dict(os.environ, LD_PRELOAD=str(options.shim), FAULTS_EXIT_ON_SIGNAL=str(int(EXIT_0)), FAULTS_CAUGHT_LATE_S="0.5")

    def started(environment=None):
        return subprocess.Popen(["sleep", "600"], env=environment)

    slow, stopped, deaf = started(caught), started(), started()
    try:
        hold(send_when_caught(slow.pid, EXIT_0), "nothing was sent to a process that is about to catch it")
        hold(slow.wait(60) == 0, f"struck before it was ready: it ended with {slow.returncode}")
        hold(not send_when_caught(slow.pid, EXIT_0), "one that has ended was struck")
        send(stopped.pid, signal.SIGSTOP)
        hold(not send_when_caught(stopped.pid, EXIT_0), "one that is stopped before it was ready was struck")
        try:
            send_when_caught(deaf.pid, EXIT_0, limit_s=0.3)
            raise AssertionError("one that never catches it was struck")
        except Broken:
            hold(deaf.poll() is None and status_of(deaf.pid), "one that never catches it was struck")
    except (Broken, AssertionError) as broken:
        print(f"FAILED: {broken}")
        return 1
    finally:
        for process in (slow, stopped, deaf):
            process.kill()
            process.wait()
    print("struck when ready, and not before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
