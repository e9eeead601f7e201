#!/usr/bin/env python3
"""Negative controls: with a promise broken on purpose the test that holds it must fail, and without that it must not.

    no syncs                 lost_power.py, with the recorded syncs passed over: all, folders' alone, the database's alone, the whole
                             file system's
    acknowledged too early   lost_power.py, on a rank that says "done" before it commits
    no fence                 a former attempt that still lives, on a rank that does not end it
    no order of attempts     a late result of a former attempt, on a rank that lets the newest count
"""
import json
import os
import signal
import subprocess
import sys
import time

from disk_model import Op
from lost_power import Burst, Recording, syncs_as_one
from sweep_under_test import Bench, Broken, StandIn, acknowledged_in, arguments, hold, results


def fencing_holds(bench, program):
    """Kills a rank, whose trial does not end by itself; the next line must end it before it tries the trial again."""
    store = bench.folder / f"fence-{program.name}.db"
    line = [program, bench.sweep, "--data", bench.folder / "shards", "--store", store, "--grace", "1", "--slots", "1"]
    environment = dict(os.environ, ATTNSWEEP_TRIAL_PROGRAM=str(bench.options.stand_in), STAND_IN="*=stubborn")
    with open(bench.folder / "log", "wb") as log:
        rank = subprocess.Popen(line, env=environment, stdout=log, stderr=log)
    records = []
    while not records or b"epoch 1/" not in (bench.folder / "log").read_bytes():
        hold(rank.poll() is None, (bench.folder / "log").read_text())
        records = list((bench.folder / f"{store.name}.d").glob("trials/*/attempt-1/process.json"))
        time.sleep(0.01)
    rank.send_signal(signal.SIGKILL)
    rank.wait()
    old = json.loads(records[0].read_text())["pid"]
    try:
        hold(lives(old), "the stubborn one was to outlive its rank")
        code, said = StandIn(bench)(store, program=program)
        hold(code == 0, said)
        hold(not lives(old), "two attempts of one trial are alive")
    finally:
        if lives(old):
            os.kill(old, signal.SIGKILL)


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def late_results_change_nothing(bench, program):
    """After all is done an attempt thought dead announces another result for its trial, as on another host it may."""
    store = bench.folder / f"late-{program.name}.db"
    code, said = StandIn(bench, "*=segv-once")(store, program=program)  # so attempt 2 is done, all over
    hold(code in (0, 4), said)
    if code == 4:  # the first five failed alike
        code, said = StandIn(bench)(store, program=program)
    before = results(store, "trial_id")
    hold(len(before) == 8, f"{len(before)} of 8 done: {said}")
    folder = bench.folder / f"{store.name}.d"
    for trial in before:
        newest = max(folder.glob(f"trials/{trial}/attempt-*/result.json"), key=lambda path: path.stat().st_mtime_ns)
        late = json.loads(newest.read_text())
        late["attempt"] = 1
        late["last"]["loss"] = late["best"]["loss"] = 99.0
        (folder / "pending").mkdir(exist_ok=True)
        (folder / "pending" / f"{trial}.json").write_text(json.dumps(late))
    code, said = StandIn(bench)(store, program=program)
    hold(code == 0 and not acknowledged_in(said), said)
    hold(results(store, "trial_id") == before, "a late result of a former attempt counts")


def main():
    parser = arguments(__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=30, help="at which power is lost, each time")
    parser.add_argument("--early-acknowledgement", required=True, help="a rank that acknowledges before it commits")
    parser.add_argument("--no-fence", required=True, help="a rank that does not end former attempts")
    parser.add_argument("--newest-counts", required=True, help="a rank that lets a late result count")
    options = parser.parse_args()
    wrong = []

    def control(name, broken, may_hold=False):
        print(f"{name}: {'fails: ' + str(broken).splitlines()[0][:200] if broken else 'holds'}", flush=True)
        if bool(broken) == may_hold:
            wrong.append(name)

    def outcome(check, *arguments_):
        try:
            return check(*arguments_)
        except Broken as broken:
            return broken

    product = options.bin / "attnsweep-run"
    programs = {name: type(product)(value) for name, value in vars(options).items() if name in ("no_fence", "newest_counts",
                                                                                               "early_acknowledgement")}
    with Bench(options, epochs=3) as bench:
        recording = Recording(bench)
        control("power lost", recording.try_points(options.points, options.seed), True)
        for name, swallowed in (("all syncs", lambda call: True),
                                ("folders' syncs", lambda call: call.op == Op.sync_folder),
                                ("the database's syncs", lambda call: ".db.d" not in call.path and call.op == Op.sync)):
            control(f"power lost without {name}", recording.try_points(4 * options.points, options.seed, swallowed))
        if syncs_as_one(bench.folder):
            control("power lost in a burst without what syncs it as a whole",
                    Burst(bench).try_points(4 * options.points, options.seed, lambda call: call.op == Op.sync_all))
    with Bench(options, epochs=3) as bench:
        recording = Recording(bench, programs["early_acknowledgement"])
        control("power lost, acknowledged before the commit", recording.try_points(4 * options.points, options.seed))
        control("a former attempt lives", outcome(fencing_holds, bench, product), True)
        control("a former attempt lives, without the fence", outcome(fencing_holds, bench, programs["no_fence"]))
        control("a late result", outcome(late_results_change_nothing, bench, product), True)
        control("a late result, the newest counts", outcome(late_results_change_nothing, bench, programs["newest_counts"]))
    if wrong:
        print(f"FAILED: otherwise than expected: {', '.join(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
