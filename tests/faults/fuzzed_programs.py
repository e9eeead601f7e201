#!/usr/bin/env python3
"""Whole programs on changed files: each ends by itself, with an exit code of docs/exit-codes.md that says what is wrong, within 5 s
and 500 MB, with nothing on the terminal that is a library's or moves the cursor, and leaves nothing but what it was asked for.

    tests/faults/fuzzed_programs.py --bin build/release/bin --fuzz FUZZ [--count 1000] [--seed 1] [CASE...]

FUZZ, the program of tests/fuzz/, changes the files and judges the texts. A file that finds a fault is kept as fuzz-CASE.bin.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

from sweep_under_test import Bench, Broken, hold

MOST_MB, LONGEST_S = 500, 5
# `predict` and a trained trial load libtorch, whose 116 MB come from the disk.
LONGEST_WITH_TORCH_S = 30


class Case:
    """`target`: of the fuzz program, which changes the files. `codes`: what may come of such a file."""

    def __init__(self, target, codes, longest_s=LONGEST_S):
        self.target, self.codes, self.longest_s = target, codes, longest_s


CASES = {
    "ingest-audio": Case("audio", {0, 3}),
    "ingest-manifest": Case("manifest", {0, 3}),
    "predict": Case("audio", {0, 3}, LONGEST_WITH_TORCH_S),
    "plan": Case("sweep", {0, 2, 3}),
    "run": Case("sweep", {0, 2, 3, 4, 71}),
    "query": Case("where", {0, 2}),
}


class Programs:
    def __init__(self, bench, options):
        self.bench, self.fuzz = bench, options.fuzz
        self.attnsweep = options.bin / "attnsweep"
        self.geometry = ["--hop", "2205", "--n-fft", "128", "--octaves", "5", "--bins-per-octave", "6"]
        self.store = bench.folder / "results.db"

    def train(self):
        """A trial whose weights `predict` uses, and whose rows `query` asks for."""
        subprocess.run([*self.bench.line(self.store), "--set", "sweep.repeats=1", "--set", "training.max_epochs=1"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def words(self, case, file, out):
        """-> the command line. What it writes goes below `out`."""
        if case == "ingest-audio":
            folder = out / "in"
            shutil.copytree(self.bench.folder / "few", folder)
            shutil.copy(file, folder / "instrument-0" / "changed.wav")
            return [self.attnsweep, "ingest", folder, "--out", out / "shards", *self.geometry]
        if case == "ingest-manifest":
            folder = out / "in"
            shutil.copytree(self.bench.folder / "few", folder)
            for index, name in enumerate(("a.wav", "b, c.wav", "d.wav")):
                shutil.copy(folder / f"instrument-{index % 2}" / "0.wav", folder / name)
            shutil.copy(file, folder / "changed.csv")
            return [self.attnsweep, "ingest", "--manifest", folder / "changed.csv", "--out", out / "shards", *self.geometry]
        if case == "predict":
            named = out / "changed.wav"
            shutil.copy(file, named)
            return [self.attnsweep, "predict", named, "--trial", "stft-r0", "--store", self.store]
        if case == "query":
            # The kernel's own limits: no zero byte in a word.
            return [self.attnsweep, "query", "--where", file.read_bytes().replace(b"\0", b""), "--store", self.store]
        named = out / "changed.toml"
        shutil.copy(file, named)
        for shipped in ("paper.toml", "quickstart.toml"):
            shutil.copy(pathlib.Path(__file__).parents[2] / "configs" / shipped, out / shipped)
        return [self.attnsweep, case, named, "--data", self.bench.folder / "shards", "--store", out / "results.db"]

    def judge(self, name, case, file):
        """-> what came of it, or Broken."""
        with tempfile.TemporaryDirectory(prefix="attnsweep-fuzz-") as scratch:
            scratch = pathlib.Path(scratch)
            out, aside = scratch / "out", scratch / "aside"
            out.mkdir()
            aside.mkdir()
            # A trial that ends at once, or else `run` would train what the changed file still describes.
            environment = dict(os.environ, HOME=str(aside), TMPDIR=str(aside), XDG_CACHE_HOME=str(aside),
                               ATTNSWEEP_LEASE_PERIOD_S="0.2")
            if name == "run":
                environment["ATTNSWEEP_TRIAL_PROGRAM"] = "/bin/false"
            words = self.words(name, file, out)
            with open(scratch / "said", "wb") as said:
                process = subprocess.Popen(words, cwd=aside, env=environment, stdin=subprocess.DEVNULL, stdout=said,
                                           stderr=subprocess.STDOUT, start_new_session=True)
                late = threading.Timer(case.longest_s, lambda: os.killpg(process.pid, 9))
                late.start()
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = 0
                in_time = late.is_alive()
                late.cancel()
            text = (scratch / "said").read_bytes()
            shown = text[-1500:].decode(errors="replace")
            hold(in_time, f"it took more than {case.longest_s} s:\n{shown}")
            hold(not os.WIFSIGNALED(status), f"it was ended by signal {os.WTERMSIG(status)}:\n{shown}")
            code = os.WEXITSTATUS(status)
            hold(code in case.codes, f"it ended with {code}:\n{shown}")
            hold(code == 0 or b"attnsweep" in text, f"it ended with {code} without a word:\n{shown}")
            hold(used.ru_maxrss <= MOST_MB * 1024, f"it took {used.ru_maxrss // 1024} MB:\n{shown}")
            judged = subprocess.run([self.fuzz, "judge"], input=text, capture_output=True)
            hold(judged.returncode == 0, f"{judged.stdout.decode(errors='replace')}\nin:\n{shown}")
            left = sorted(str(path.relative_to(aside)) for path in aside.rglob("*"))
            hold(not left, f"it left {', '.join(left)}:\n{shown}")
            return code, used.ru_maxrss // 1024

    def go_through(self, name, count, seed):
        """-> whether all went well; says how each file was taken."""
        case, codes, most, faults = CASES[name], {}, 0, 0
        with tempfile.TemporaryDirectory(prefix="attnsweep-fuzz-") as changed:
            subprocess.run([self.fuzz, case.target, "write", str(count), changed, str(seed)], check=True)
            for index in range(count):
                try:
                    code, memory = self.judge(name, case, pathlib.Path(changed) / str(index))
                    codes[code] = codes.get(code, 0) + 1
                    most = max(most, memory)
                except Broken as broken:
                    faults += 1
                    kept = f"fuzz-{name}.bin" if faults == 1 else f"fuzz-{name}-{faults}.bin"
                    shutil.copy(pathlib.Path(changed) / str(index), kept)
                    print(f"{name}: file {index} of seed {seed}, kept as {kept}: {broken}", flush=True)
                    if faults == 5:
                        break
        ended = ", ".join(f"{times} with {code}" for code, times in sorted(codes.items()))
        print(f"{name}: {sum(codes.values())} files: {ended}; at most {most} MB", flush=True)
        return faults == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where attnsweep, attnsweep-run and attnsweep-trial lie")
    parser.add_argument("--fuzz", type=pathlib.Path, required=True, help="the program fuzz of tests/fuzz/")
    parser.add_argument("--count", type=int, default=1000, help="files a case")
    parser.add_argument("--seed", type=int, default=1, help="the files follow from it")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    options = parser.parse_args()
    options.bin, options.fuzz = options.bin.resolve(), options.fuzz.resolve()
    with Bench(options, epochs=1) as bench:
        for kind in (0, 1):
            source = bench.folder / "audio" / f"instrument-{kind}"
            target = bench.folder / "few" / source.name
            target.mkdir(parents=True)
            for recording in ("0.wav", "1.wav"):
                shutil.copy(source / recording, target)
        programs = Programs(bench, options)
        programs.train()
        return 0 if all([programs.go_through(name, options.count, options.seed) for name in options.cases or CASES]) else 1


if __name__ == "__main__":
    sys.exit(main())
