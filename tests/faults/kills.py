#!/usr/bin/env python3
"""Random kills: a signal to a process of a sweep at a random moment, again and again, the same line each time, until the sweep
is done. Nothing acknowledged may be lost or counted twice, nothing may go on running, and the final tables must equal an
undisturbed run's byte for byte. Trials train for real.

    tests/faults/kills.py ... --kills 1000        the long form
"""
import collections
import random
import shutil
import signal
import sys
import time

from sweep_under_test import (EXIT_0, LABELS, RUN_AGAIN, SOME_FAILED, Bench, Broken, Run, arguments, check_rows, hold,
                              parent_of, results, send, send_when_caught)

SIGNALS = {"KILL": signal.SIGKILL, "SEGV": signal.SIGSEGV, "STOP": signal.SIGSTOP, "TERM": signal.SIGTERM, "exit 0": EXIT_0}
ROLES = ("trial", "worker rank", "rank 0", "mpirun", "node daemon")
KILLS_A_SWEEP = 12
GRACE_S = 5
MARGIN_S = 90  # for a slow or loaded machine: beyond it a process counts as left over


def going(living):
    """Those that are not stopped. A trial program that the preflight asks what it is and that is stopped is ended by timeout(1) after
    a minute; timeout and its shell wait so long."""
    waiting = set()
    for stopped in (pid for pid, what in living.items() if what[2] == "T"):
        limit = parent_of(stopped)
        if limit in living and living[limit][0] == "timeout":
            waiting |= {limit, parent_of(limit)}
    return {pid: what for pid, what in living.items() if what[2] != "T" and pid not in waiting}


class Sweep:
    """One store from its first line to its last."""

    def __init__(self, bench, store, dice, tally):
        self.bench, self.store, self.dice, self.tally = bench, store, dice, tally
        self.acknowledged = {}
        self.failed = False
        self.strikes = 0
        self.frozen = []  # runs of which a stopped trial is left

    def start(self, ranks):
        more = ("--retry", "failed") if self.failed else ()
        return Run(self.bench.line(self.store, ranks, GRACE_S, more), self.bench.folder / "log", self.bench.options.shim)

    def disturb(self):
        run = self.start(self.dice.choice((0, 2, 3, 3)))
        leaves_frozen = False
        try:
            stopped = set()
            for _ in range(self.dice.randint(1, 3)):
                until = time.monotonic() + self.dice.uniform(0, 1.2)
                while time.monotonic() < until and not run.ended():
                    time.sleep(0.002)
                stopped |= self.strike(run)
            self.see_it_end(run, stopped)
            self.check(run)
            leaves_frozen = bool(run.processes()) and self.dice.random() < 0.7
        finally:
            if leaves_frozen:
                self.tally["trials left stopped"] += 1
                self.frozen.append(run)
            else:
                run.close()

    def strike(self, run):
        """One signal to one process, -> the pid if it was stopped."""
        living = {role: pids for role in ROLES if (pids := run.of_role(role))}
        if not living or run.ended():
            return set()
        role = self.dice.choice(sorted(living))
        name = self.dice.choice(sorted(SIGNALS))
        pid = self.dice.choice(living[role])
        if name != "exit 0":
            send(pid, SIGNALS[name])
        elif not send_when_caught(pid, EXIT_0):
            return set()
        self.strikes += 1
        self.tally[role, name] += 1
        return {pid} if name == "STOP" else set()

    def see_it_end(self, run, stopped):
        """By itself, or, where something is stopped, by whoever wakes it or gives up on it."""
        if stopped:
            run.wait(self.dice.uniform(0, 1.5))
            if self.dice.random() < 0.5:
                for pid in stopped:
                    send(pid, signal.SIGCONT)
            else:
                for role in ("mpirun", "rank 0", "worker rank", "node daemon"):
                    for pid in run.of_role(role):
                        send(pid, signal.SIGKILL)
        code = run.wait(180)
        hold(code is not None, f"it hangs: {run.processes()}\n{run.told()}")
        self.tally["exit code", code] += 1
        self.failed = self.failed or code == SOME_FAILED
        # A trial that is stopped can neither end nor be asked to: it is left to the next line, which fences it.
        until = time.monotonic() + GRACE_S + MARGIN_S
        while (left := going(living := run.processes())) and time.monotonic() < until:
            time.sleep(0.02)
        hold(not left, f"still running beyond the grace time: {left}\n{run.told()}")
        frozen = {pid: what for pid, what in living.items() if what[2] == "T"}
        hold(all(name == "attnsweep-trial" for name, _, _ in frozen.values()), f"stopped and left: {frozen}")

    def check(self, run):
        done = results(self.store)
        check_rows(self.store) if self.store.exists() else None
        for label in run.acknowledged():
            self.acknowledged.setdefault(label, done.get(label))
            hold(label in done, f"acknowledged and lost: {label}")
        for label, numbers in self.acknowledged.items():
            hold(done.get(label) == numbers, f"acknowledged, and now another: {label}\n{numbers}\n{done.get(label)}")
        # What a reader has seen done stays done as well.
        self.acknowledged.update(done)

    def finish(self):
        for _ in range(5):
            run = self.start(0)
            try:
                code = run.wait(300)
                self.check(run)
                hold(code in (0, SOME_FAILED, RUN_AGAIN), f"the last line ended with {code}:\n{run.told()}")
                hold(not run.all_gone(GRACE_S + MARGIN_S), "processes are left")
                self.failed = code == SOME_FAILED
                said = run.told()
            finally:
                run.close()
            if code == 0:
                break
        hold(code == 0, f"the sweep does not end:\n{said}")
        hold(sorted(results(self.store)) == sorted(LABELS), f"done: {sorted(results(self.store))}")
        for run in self.frozen:
            for pid in run.processes():  # its result was out before: nothing had to fence it
                send(pid, signal.SIGCONT)
            hold(not run.all_gone(GRACE_S + MARGIN_S), "a trial that was stopped goes on for ever")


def main():
    parser = arguments(__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    tally = collections.Counter()
    with Bench(options, epochs=20) as bench:
        plain = bench.folder / "undisturbed.db"
        run = Run(bench.line(plain), bench.folder / "log", options.shim)
        hold(run.wait(300) == 0, run.told())
        run.close()
        tables, numbers = bench.report(plain), results(plain)
        kills = sweeps = 0
        while kills < options.kills:
            seed = f"{options.seed}/{sweeps}"
            store = bench.folder / f"sweep-{sweeps}.db"
            sweep = Sweep(bench, store, random.Random(seed), tally)
            try:
                while sweep.strikes < min(KILLS_A_SWEEP, options.kills - kills):
                    sweep.disturb()
                sweep.finish()
                hold(results(store) == numbers, "other numbers than undisturbed")
                hold(bench.report(store) == tables, "other tables than undisturbed")
            except Broken as broken:
                print(f"FAILED with seed {seed} after {sweep.strikes} kills of this sweep: {broken}")
                return 1
            finally:
                for frozen in sweep.frozen:
                    frozen.close()
            kills += sweep.strikes
            sweeps += 1
            for name in bench.folder.glob(store.name + "*"):
                shutil.rmtree(name) if name.is_dir() else name.unlink()
            if sweeps % 10 == 0:
                print(f"{kills} kills, {sweeps} sweeps", flush=True)
    print(f"{kills} kills over {sweeps} sweeps: 0 acknowledged results lost, 0 duplicate rows, tables byte-identical")
    for what, count in sorted(tally.items(), key=str):
        print(f"  {what}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
