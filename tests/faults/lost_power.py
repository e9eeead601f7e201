#!/usr/bin/env python3
"""Loses power, in a model: all a sweep writes is recorded; the disk is rebuilt as it may have stood at some call, with what was not
synced dropped or reordered (disk_model.py). Each time the store opens, what was said to be done by then is done with the same
numbers, and the next run completes. Recorded are a sweep and, on the same store, a second one; and, on another, trials that all end
at once without a result, whose results their rank writes and syncs together: what was said to have failed has its file, and the next run its row.

    tests/faults/lost_power.py ... --points 1000        the long form
"""
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys

from disk_model import Disk, Op, put, read_trace
from sweep_under_test import SOME_FAILED, Bench, Broken, StandIn, acknowledged_in, arguments, check_rows, hold, results

SECOND = "training.learning_rate=0.03"


class Recording:
    """Two runs, and what a disk model needs of them."""

    def __init__(self, bench, program=None):
        self.bench = bench
        # One trial dies at first, so that failures are on record too.
        self.runs = [StandIn(bench, "cqt-r0-s1=segv-once"), StandIn(bench, "cqt-r0-s1=segv-once", [SECOND])]
        self.folder = bench.folder / "recorded"
        self.folder.mkdir()
        self.store = self.folder / "results.db"
        trace, control = bench.folder / "trace", bench.folder / "control"
        trace.write_bytes(b"")
        control.write_bytes(bytes(4096))
        self.second_begins = 0
        for run in self.runs:
            self.second_begins = len(read_trace(trace))
            code, said = run(self.store, slots=2, program=program, FAULTS_BELOW=self.folder, FAULTS_CONTROL=control, FAULTS_TRACE=trace)
            hold(code == 0, said)
        self.calls = read_trace(trace)
        self.numbers = results(self.store, "trial_id")
        connection = sqlite3.connect(self.store)
        self.ids = {(number, label): trial for number, label, trial in connection.execute(
            "SELECT number, label, trial_id FROM revision_trials JOIN revisions USING (revision_id)")}
        connection.close()
        hold(len(self.numbers) == len(self.ids) == 16, f"{len(self.numbers)} trials recorded")

    def acknowledged(self, until):
        """{trial id: label} of what was said done before call `until`."""
        found = {}
        for index, call in enumerate(self.calls[:until]):
            if call.op == Op.said:
                for label in acknowledged_in(call.data.decode()):
                    found[self.ids[2 if index >= self.second_begins else 1, label]] = label
        return found

    def try_point(self, disk, until, dice):
        """The disk model as fed up to call `until`."""
        folder = self.bench.folder / "after"
        shutil.rmtree(folder, ignore_errors=True)
        put(disk.after_power_failed(dice), self.folder, folder)
        store = folder / "results.db"
        acknowledged = self.acknowledged(until)
        try:
            if store.exists():
                check_rows(store)  # first: it opens to write, as a run does, and so rolls back what was half done
            before = results(store, "trial_id")
        except sqlite3.DatabaseError as error:
            raise Broken(f"the store does not open: {error}") from error
        for trial, label in acknowledged.items():
            hold(trial in before, f"said to be done, and lost: {label}")
        in_second = until >= self.second_begins
        code, said = self.runs[in_second](store, slots=2)
        hold(code == 0, f"the next run ended with {code}:\n{said[-1500:]}")
        hold("damaged" not in said and "cannot be read" not in said, f"something was damaged:\n{said[-1500:]}")
        wanted = {trial for (number, _), trial in self.ids.items() if number == 1 + in_second} | set(acknowledged)
        after = results(store, "trial_id")
        hold(wanted <= set(after), f"the next run left out {wanted - set(after)}")
        hold(all(self.numbers[trial] == after[trial] for trial in after), "other numbers")
        again = {acknowledged[trial] for trial in acknowledged} & set(re.findall(r"\] (\S+) begins", said))
        hold(in_second or not again, f"said to be done, and run again: {again}")
        check_rows(store)

    def try_points(self, count, seed, swallowed=lambda call: False):
        """-> None, or what was broken and where."""
        chosen = random.Random(seed).choices(range(1, len(self.calls) + 1), k=count)
        disk, fed = Disk(swallowed), 0
        for index, until in enumerate(sorted(chosen)):
            while fed < until:
                disk.feed(self.calls[fed])
                fed += 1
            try:
                self.try_point(disk, until, random.Random(f"{seed}/{index}"))
            except Broken as broken:
                last = self.calls[until - 1]
                return f"after call {until} of {len(self.calls)} ({last.op.name} {last.path}), dice {seed}/{index}: {broken}"
        return None


def syncs_as_one(folder):
    """Whether a rank syncs the whole file system there (files/file_system.cpp)."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], check=True, capture_output=True, text=True).stdout.strip()
    release = tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])
    return kind in ("ext2/ext3", "xfs", "btrfs") and release >= (5, 17)


def label_in(file):
    """None: the file is not there, or was emptied or torn."""
    try:
        return json.loads(file.read_text())["label"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Burst:
    """Eight trials at once that leave no result, recorded."""

    def __init__(self, bench):
        self.bench = bench
        self.run = StandIn(bench, "*=silent")
        # On a busy machine eight may end in threes and twos, and nothing is then synced as a whole.
        hold(any(self.record(f"burst-{n}") for n in range(5)), "no four ended together: nothing was synced as a whole")

    def record(self, name):
        """-> whether some ended together."""
        bench = self.bench
        self.folder = bench.folder / name
        self.folder.mkdir()
        trace, control = bench.folder / (name + "-trace"), bench.folder / (name + "-control")
        trace.write_bytes(b"")
        control.write_bytes(bytes(4096))
        code, said = self.run(self.folder / "results.db", slots=8, more=["--stop-after-alike", "0"], FAULTS_BELOW=self.folder,
                              FAULTS_CONTROL=control, FAULTS_TRACE=trace)
        hold(code == SOME_FAILED, said)
        self.calls = read_trace(trace)
        connection = sqlite3.connect(self.folder / "results.db")
        self.ids = dict(connection.execute("SELECT label, trial_id FROM revision_trials"))
        connection.close()
        return any(call.op == Op.sync_all for call in self.calls)

    def try_point(self, disk, until, dice):
        folder = self.bench.folder / "after"
        shutil.rmtree(folder, ignore_errors=True)
        put(disk.after_power_failed(dice), self.folder, folder)
        store = folder / "results.db"
        said = {label for call in self.calls[:until] if call.op == Op.said
                for label in re.findall(r"\] (\S+) failed \(error\)", call.data.decode())}
        for label in said:
            file = folder / "results.db.d" / "trials" / self.ids[label] / "attempt-1" / "result.json"
            hold(label_in(file) == label, f"said to have failed, and its file is lost: {label}")
        code, output = self.run(store, slots=8, more=["--stop-after-alike", "0"])
        hold(code == SOME_FAILED, f"the next run ended with {code}:\n{output[-1500:]}")
        check_rows(store)
        connection = sqlite3.connect(store)
        kept = {label for label, in connection.execute(
            "SELECT label FROM attempts a JOIN revision_trials USING (trial_id) WHERE a.number = 1 AND outcome = 'failed'")}
        connection.close()
        hold(said <= kept, f"said to have failed, and lost: {said - kept}")

    def try_points(self, count, seed, swallowed=lambda call: False):
        """-> None, or what was broken and where."""
        for index in range(count):
            until = random.Random(f"{seed}/burst/{index}").randint(1, len(self.calls))
            disk = Disk(swallowed)
            for call in self.calls[:until]:
                disk.feed(call)
            try:
                self.try_point(disk, until, random.Random(f"{seed}/burst/{index}/dice"))
            except Broken as broken:
                return f"burst, after call {until} of {len(self.calls)}, dice {seed}/burst/{index}: {broken}"
        return None


def main():
    parser = arguments(__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=1000)
    options = parser.parse_args()
    with Bench(options, epochs=3) as bench:
        recording = Recording(bench)
        said = sum(call.op == Op.said for call in recording.calls)
        broken = recording.try_points(options.points, options.seed)
        burst = "" if syncs_as_one(bench.folder) else f", none in a burst: {bench.folder} is on no ext4, XFS, Btrfs of Linux 5.17"
        if not broken and not burst:
            broken = Burst(bench).try_points(options.points, options.seed)
            burst = ", as many in a burst of failures"
        if broken:
            print(f"FAILED: {broken}")
            return 1
        print(f"{options.points} points among {len(recording.calls) - said} recorded calls{burst}: nothing said was lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
