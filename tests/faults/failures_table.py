#!/usr/bin/env python3
"""Does each row of docs/failures.md, and fails where the world differs from it.

    tests/faults/failures_table.py ... --table docs/failures.md [--role "rank 0"] [--ulfm]
"""
import json
import pathlib
import random
import re
import signal
import sqlite3
import sys
import time

from kills import GRACE_S, MARGIN_S, SIGNALS
from sweep_under_test import (EXIT_0, SOME_FAILED, Bench, Broken, Run, arguments, check_rows, hold, parent_of, results, send,
                              send_when_caught)

ALONE = "rank without mpirun"
COLUMNS = ["role", "signal", "ULFM", "what happens", "left running", "exit code"]
LIMIT_S = 180  # for what must happen, on a loaded machine
# Shorter limits than the defaults (120 s for a rank; a trial's by its epochs), so that what waits for them is seen.
SETTINGS = ("--set", "sweep.repeats=1", "--hang-after", "8", "--rank-timeout", "8")
TRIALS = 4
ANSWERED = (signal.SIGTERM, EXIT_0)  # by a handler; the others find every process ready


def rows_of(table):
    rows = []
    for line in table.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == len(COLUMNS) and cells != COLUMNS and set(cells[0]) != {"-"}:
            rows.append(dict(zip(COLUMNS, cells)))
    return rows


class Row:
    """One row, done once."""

    def __init__(self, bench, row, store):
        self.bench, self.row, self.store = bench, row, store
        self.waited = self.outlived = False  # a STOP: the run waits for it; it is still there when the run has ended

    def line(self):
        if self.row["role"] == ALONE:
            return self.bench.line(self.store, 0, GRACE_S, SETTINGS)
        line = self.bench.line(self.store, 4, GRACE_S, SETTINGS)
        agent = pathlib.Path(__file__).with_name("local_agent.sh")
        line[1:1] = ["--prtemca", "plm_ssh_agent", str(agent), "--host", "node1:2,node2:2"]
        if self.row["ULFM"] == "with":
            line[1:1] = ["--with-ft", "ulfm"]
        return line

    def victim(self, run):
        """Of the trials the youngest, once it trains; of the workers one that has a trial; of the daemons that of the node
        rank 0 is not on."""
        if self.row["role"] == "trial":
            said = run.said()
            youngest = re.findall(r"\] (\S+) begins on", said)[-1]
            if f"{youngest} epoch 1/" not in said:
                return None
            pid = self.process_of(youngest)
            return pid if pid in run.of_role("trial") else None
        pids = run.of_role("rank 0" if self.row["role"] == ALONE else self.row["role"])
        if self.row["role"] == "worker rank":
            busy = {parent_of(trial) for trial in run.of_role("trial")}
            pids = [pid for pid in pids if pid in busy]
        if self.row["role"] == "node daemon":
            pids = [pid for pid in pids if pid not in {parent_of(rank) for rank in run.of_role("rank 0")}]
        return pids[-1] if pids else None

    def process_of(self, label):
        """As its rank recorded it. Not any process of the trial program: one may have been started since, or answer the preflight."""
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=30)
        try:
            (trial,), = connection.execute("SELECT trial_id FROM revision_trials WHERE label = ?", (label,)).fetchall()
        finally:
            connection.close()
        records = pathlib.Path(f"{self.store}.d", "trials", trial).glob("attempt-*/process.json")
        newest = max(records, key=lambda path: int(path.parent.name.partition("-")[2]))
        return json.loads(newest.read_text())["pid"]

    def until(self, condition, said, run):
        end = time.monotonic() + LIMIT_S
        while not (found := condition()):
            hold(time.monotonic() < end, f"{said}; running: {run.processes()}\n{run.told()}")
            time.sleep(0.01)
        return found

    def do(self):
        run = Run(self.line(), self.bench.folder / "log", self.bench.options.shim, {"ATTNSWEEP_VIRTUAL_NODE": "2"})
        try:
            victim = self.until(lambda: run.acknowledged() and self.victim(run), "no trial was done", run)
            number = SIGNALS[self.row["signal"]]
            if number in ANSWERED:
                hold(send_when_caught(victim, number), f"the {self.row['role']} had ended before it was struck\n{run.told()}")
            else:
                send(victim, number)
            code = self.stopped(run, victim) if self.row["signal"] == "STOP" else run.wait(LIMIT_S)
            hold(code is not None, f"it does not end; running: {run.processes()}\n{run.told()}")
            left = run.all_gone(GRACE_S + MARGIN_S)
            hold(not left, f"left running: {left}")
            done = results(self.store)
            check_rows(self.store)
            lost = set(run.acknowledged()) - set(done)
            hold(not lost, f"acknowledged and lost: {lost}")
            self.compare({"exit code": str(code) + (" once continued" if self.waited else ""),
                          "what happens": self.what_happened(run, code, done),
                          "left running": "the stopped one" if self.waited or self.outlived else "nothing"}, run)
            return done
        finally:
            run.close()

    def compare(self, seen, run):
        hold(all(words in self.row[column].split(" or ") for column, words in seen.items()),
             f"seen was otherwise: {seen}\n{run.told()}")

    def stopped(self, run, victim):
        """Lets all that can happen happen, then continues what is stopped. A trial counts as hanging after 20 times its longest
        silence, which is that of its start: on a slow machine a minute."""
        quiet_since, before = time.monotonic(), None
        def is_over():  # a rank that runs alone has nobody who would give it up
            return self.row["role"] == ALONE or (before and before[1] == TRIALS)

        while time.monotonic() - quiet_since < (15 if is_over() else LIMIT_S) and not run.ended():
            now = (run.said(), len(results(self.store)))
            if now != before:
                quiet_since, before = time.monotonic(), now
            time.sleep(0.05)
        self.waited = not run.ended()
        self.outlived = not self.waited and victim in run.processes()
        self.done_while_stopped = len(results(self.store))
        send(victim, signal.SIGCONT)
        return run.wait(LIMIT_S)

    def what_happened(self, run, code, done):
        said = run.said()
        if self.waited:
            return {TRIALS: "the sweep ends, mpirun does not",
                    TRIALS - 1: "waits for it, the rest goes on"}.get(self.done_while_stopped,
                                                                       "waits for it, nothing new begins")
        if len(done) == TRIALS:
            return "tried again, the sweep ends"
        if code == SOME_FAILED:
            return "given up, the sweep ends"
        if "running trials leave a checkpoint and end" in said and code == 75:
            return "drains"
        return "the job ends"


def do(bench, row, store, numbers, tables):
    done = Row(bench, row, store).do()
    hold(all(numbers[label] == done[label] for label in done), "other numbers than undisturbed")
    more = (*SETTINGS, "--retry", "failed") if row["exit code"].startswith(str(SOME_FAILED)) else SETTINGS
    again = Run(bench.line(store, 0, GRACE_S, more), bench.folder / "log", bench.options.shim)
    try:
        hold(again.wait(LIMIT_S) == 0, f"the same line again:\n{again.told()}")
        hold(results(store) == numbers and bench.report(store) == tables, "other tables than undisturbed")
    finally:
        again.close()


def main():
    parser = arguments(__doc__.partition("\n")[0])
    parser.add_argument("--table", type=pathlib.Path, required=True)
    parser.add_argument("--role", action="append", help="only these")
    parser.add_argument("--signal", action="append", help="only these")
    parser.add_argument("--sample", type=int, help="only as many rows, chosen by --seed")
    parser.add_argument("--ulfm", action="store_true", help="the rows with ULFM too (mpirun --with-ft ulfm)")
    options = parser.parse_args()
    rows = rows_of(options.table)
    hold(len(rows) >= 25 and len({tuple(row.values())[:3] for row in rows}) == len(rows), f"{options.table}: {len(rows)} rows?")
    if options.sample:
        rows = random.Random(options.seed).sample(rows, options.sample)
    failures = 0
    with Bench(options, epochs=40) as bench:
        plain = bench.folder / "undisturbed.db"
        run = Run(bench.line(plain, more=SETTINGS), bench.folder / "log", options.shim)
        hold(run.wait(LIMIT_S) == 0, run.told())
        run.close()
        tables, numbers = bench.report(plain), results(plain)
        for index, row in enumerate(rows):
            name = f"{row['role']}, {row['signal']}, {row['ULFM']} ULFM"
            if (options.role and row["role"] not in options.role) or (options.signal and row["signal"] not in options.signal):
                continue
            if row["what happens"].startswith("not done") or (row["ULFM"] == "with" and not options.ulfm):
                print(f"not done: {name}", flush=True)
                continue
            began = time.monotonic()
            try:
                do(bench, row, bench.folder / f"row-{index}.db", numbers, tables)
                print(f"as told: {name} ({time.monotonic() - began:.0f} s)", flush=True)
            except Broken as broken:
                failures += 1
                print(f"FAILED: {name}: {broken}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
