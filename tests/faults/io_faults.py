#!/usr/bin/env python3
"""The k-th open, write, sync, rename, unlink or mkdir of the store and the run's folder fails, for k = 1, 2, ... until a run gets
through without meeting it. Each time: a documented exit code, PRAGMA integrity_check, nothing acknowledged lost, and the next
run completes with all results.

    tests/faults/io_faults.py ...                 the long form: every k, every kind, and faults during the recovery
    tests/faults/io_faults.py ... --sample 60     as many (kind, k), chosen by --seed
"""
import collections
import random
import shutil
import sys

from sweep_under_test import Bench, Broken, StandIn, acknowledged_in, arguments, check_rows, hold, results

KINDS = [("EIO", False), ("EIO", True), ("ENOSPC", False), ("ENOSPC", True), ("short", False), ("short", True)]
# docs/exit-codes.md. Not 1: a fault of the disk has a name. Not 4: it is no trial's failure.
DOCUMENTED = {"EIO": {0, 5, 75}, "ENOSPC": {0, 7, 75}, "short": {0, 7, 75}}
NO_REASON = ("disk I/O error", "unable to open database file")


class Case:
    def __init__(self, bench, run, numbers, tally):
        self.bench, self.run, self.numbers, self.tally = bench, run, numbers, tally
        self.folder = bench.folder / "case"
        self.store = self.folder / "results.db"

    def fault(self, kind, for_good, at):
        """A run with that fault -> how many calls there were up to it, whether it was met, what was said done."""
        control = self.bench.folder / "control"
        control.write_bytes(bytes(4096))
        faults = {"FAULTS_BELOW": self.folder, "FAULTS_CONTROL": control, "FAULTS_AT": at, "FAULTS_KIND": kind}
        if for_good:
            faults["FAULTS_FOR_GOOD"] = 1
        code, said = self.run(self.store, **faults)
        met = int.from_bytes(control.read_bytes()[8:16], "little") > 0
        if not met:
            hold(code == 0, f"no fault was met, and it ended with {code}:\n{said}")
        # Of some of its calls SQLite tells that they failed and not why: then a full disk is a store that cannot be written (5).
        hold(code in DOCUMENTED[kind] or (code == 5 and any(words in said for words in NO_REASON)), f"ended with {code}:\n{said}")
        hold(code == 0 or "attnsweep" in said, f"ended with {code} without a word:\n{said}")
        self.tally[kind + (" for good" if for_good else ""), code] += 1
        if self.store.exists():
            check_rows(self.store)
        done = results(self.store)
        lost = set(acknowledged_in(said)) - set(done)
        hold(not lost, f"acknowledged and lost: {lost}\n{said}")
        hold(all(self.numbers[label] == done[label] for label in done), "other numbers")
        return met, done

    def calls(self, kind):
        """How many there are in a run; they differ a little from run to run."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.fault(*kind, 10**9)
        return int.from_bytes((self.bench.folder / "control").read_bytes()[:8], "little")

    def do(self, kind, for_good, at, dice=None):
        """True when the fault was met. With `dice` the next run meets one too."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        met, done = self.fault(kind, for_good, at)
        if not met:
            return False
        if dice:
            also = dice.choice(KINDS)
            _, after = self.fault(*also, dice.randint(1, 40))
            hold(set(done) <= set(after), f"lost by a fault during the recovery: {set(done) - set(after)}")
        code, said = self.run(self.store)
        hold(code == 0, f"the next run ended with {code}:\n{said}")
        hold(results(self.store) == self.numbers, f"the next run ended with the results of {sorted(results(self.store))}\n{said}")
        check_rows(self.store)
        pending = list((self.folder / "results.db.d" / "pending").glob("*.json"))
        hold(not pending, f"still pending: {pending}")
        return True


def main():
    parser = arguments(__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, help="only as many faults, chosen by --seed")
    parser.add_argument("--going-on", action="store_true", help="tell all that fail, not only the first")
    options = parser.parse_args()
    tally = collections.Counter()
    with Bench(options, epochs=3) as bench:
        run = StandIn(bench, sweep_settings=("sweep.repeats=1", "data.spectrogram=stft"))
        plain = bench.folder / "undisturbed.db"
        code, said = run(plain)
        hold(code == 0, said)
        numbers = results(plain)
        case = Case(bench, run, numbers, tally)
        dice = random.Random(options.seed)
        calls = {}
        for kind in KINDS:
            calls[kind] = case.calls(kind)
        if options.sample:
            chosen = [(kind, dice.randint(1, calls[kind])) for kind in (dice.choice(KINDS) for _ in range(options.sample))]
        else:
            chosen = [(kind, k) for kind in KINDS for k in range(1, calls[kind] + 1)]
        failed = done = recovered = 0
        for index, (kind, k) in enumerate(chosen):
            also = random.Random(f"{options.seed}/{index}") if index % 4 == 3 else None
            try:
                done += case.do(*kind, k, also)
                recovered += also is not None
            except Broken as broken:
                failed += 1
                print(f"FAILED: {kind[0]}{' for good' if kind[1] else ''} at call {k}"
                      f"{f', recovery with seed {options.seed}/{index}' if also else ''}: {broken}", flush=True)
                if not options.going_on:
                    return 1
    print(f"{done} faults, {recovered} of them with another during the recovery; {failed} failed; calls in a run: "
          f"{ {kind[0] + (' for good' if kind[1] else ''): count for kind, count in calls.items()} }")
    for what, count in sorted(tally.items(), key=str):
        print(f"  {what[0]}: exit code {what[1]}: {count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
