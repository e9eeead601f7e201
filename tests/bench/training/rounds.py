"""Times training steps of attnsweep, PyTorch and Keras on the same networks, in turn, and prints a table of medians as Markdown.
training.sh says how it is called and prepares what is needed."""
import argparse
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
from dataclasses import dataclass

here = pathlib.Path(__file__).parent


@dataclass
class Case:
    spectrogram: str
    ratio: int  # percent
    first_filters: int
    threads: int
    batches: int  # timed, after one that is not
    target: str

    def __str__(self):
        width = "full" if self.first_filters == 32 else f"first filters {self.first_filters}"
        return f"{self.spectrogram.upper()} {self.ratio} %, {width}, {self.threads} thread{'s' * (self.threads > 1)}"


cases = [
    Case("stft", 25, 32, 2, 2, "2.2 and 1.8"),
    Case("stft", 25, 8, 1, 3, "5 of PyTorch"),
    Case("cqt", 25, 32, 2, 6, "1.2 of both"),
    Case("cqt", 25, 8, 1, 12, "1.8 of PyTorch"),
    Case("cqt", 0, 8, 1, 20, "1 of PyTorch"),
    Case("cqt", 0, 32, 2, 6, "none"),
    Case("stft", 0, 8, 1, 6, "none"),
]
bins = {"stft": 1025, "cqt": 252}


@dataclass
class Speed:
    by_clock: float  # clips a second
    by_processor: float  # clips a second of processor time
    peak_mb: float


def used_by_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command, environment):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"rounds.py: {' '.join(map(str, command))} ended with {process.returncode}:\n{output}{errors}")
    return output


def peak_of_attnsweep(command, environment):
    """The output, and the peak memory in MB of that one process: it, unlike the peers, does not say so itself."""
    watched = [sys.executable, "-c", "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024); sys.exit(done.returncode)"]
    output = run(watched + command, environment)
    return output, float(output.split()[-1])


def attnsweep(case, options, environment):
    label = f"{case.spectrogram}-r{case.ratio}-s1"
    command = [options.bin / "attnsweep", "trial", label, "--sweep", options.work / f"{case.first_filters}.toml",
               "--data", options.work / "shards", "--threads", case.threads, "--device", "cpu"]

    def train(batches):
        before = used_by_children()
        output, peak = peak_of_attnsweep([*map(str, command), "--max-batches", str(batches)], environment)
        return output, peak, used_by_children() - before

    _, _, one = train(1)  # starting, and the batch that allocates
    output, peak, all_of_them = train(case.batches + 1)
    by_clock = float(re.search(r"trained, ([0-9.]+) clips/s", output)[1])
    parameters = int(re.search(r"(\d+) parameters", output)[1])
    return parameters, Speed(by_clock, case.batches * options.batch / (all_of_them - one), peak)


def peer(program):
    def time(case, options, environment):
        numbers = ["--bins", bins[case.spectrogram], "--classes", options.classes, "--ratio", case.ratio / 100,
                   "--first-filters", case.first_filters, "--batch", options.batch, "--batches", case.batches,
                   "--threads", case.threads]
        output = run([options.python, str(here / program), *map(str, numbers)],
                     environment | {"OMP_NUM_THREADS": str(case.threads)})
        parameters, by_clock, by_processor, peak = map(float, output.split()[-4:])
        return parameters, Speed(by_clock, by_processor, peak)

    return time


def middle(values):
    return statistics.median(values)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="has shards/, 8.toml and 32.toml")
    parser.add_argument("--python", required=True, help="of the environment with PyTorch, and Keras if it is to be timed")
    parser.add_argument("--keras", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", default="", help="only cases whose name has this part")
    parser.add_argument("--avx2", action="store_true", help="no AVX-512, in any of them")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--classes", type=int, default=2)
    options = parser.parse_args()

    chosen = [case for case in cases if options.case in str(case)]
    if not chosen:
        sys.exit(f"rounds.py: no case has '{options.case}' in its name; they are: {'; '.join(map(str, cases))}")
    programs = {"attnsweep": attnsweep, "PyTorch": peer("pytorch_peer.py")}
    if options.keras:
        programs["Keras"] = peer("keras_peer.py")
    environment = dict(os.environ)
    if options.avx2:
        environment |= {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
    peers = [name for name in programs if name != "attnsweep"]
    columns = ["", *programs, *(f"of {name}" for name in peers), "target", *(f"MB, {name}" for name in programs)]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|", flush=True)
    for case in chosen:
        seen = {name: [] for name in programs}
        for _ in range(options.rounds):
            counted = set()
            for name, time in programs.items():
                parameters, speed = time(case, options, environment)
                counted.add(int(parameters))
                seen[name].append(speed)
            if len(counted) != 1:
                sys.exit(f"rounds.py: {case}: these are not the same network: {counted} parameters")
        ratios = [
            "{:.2f} ({:.2f})".format(
                middle(ours.by_clock / other.by_clock for ours, other in zip(seen["attnsweep"], seen[name])),
                middle(ours.by_processor / other.by_processor for ours, other in zip(seen["attnsweep"], seen[name])),
            )
            for name in peers
        ]
        row = [str(case), *(f"{middle(speed.by_clock for speed in seen[name]):.2f}" for name in programs), *ratios,
               case.target, *(f"{middle(speed.peak_mb for speed in seen[name]):.0f}" for name in programs)]
        print("| " + " | ".join(row) + " |", flush=True)


main()
