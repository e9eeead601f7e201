"""The rounds of data.sh: each side once a round, in turn, so that a noisy machine is noisy for both."""
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

options = argparse.ArgumentParser()
for name in ("work", "bin", "bench"):
    options.add_argument("--" + name, required=True)
for name in ("rounds", "threads"):
    options.add_argument("--" + name, type=int, required=True)
options.add_argument("--seconds", type=float, required=True)
options = options.parse_args()
work = pathlib.Path(options.work)
peer_script = pathlib.Path(__file__).parent / "librosa_peer.py"
one_thread = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1", PYTHONWARNINGS="ignore")


def rates_of(*command):
    ended = subprocess.run([str(word) for word in command], env=one_thread, capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{command} ended with {ended.returncode}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return {line.split()[0]: float(line.split()[1]) for line in ended.stdout.splitlines()}


def our_ingest():
    """From the start of the program to its end: two decodings, hashes, checksums, everything synced to the disk."""
    out = work / "shards"
    shutil.rmtree(out, ignore_errors=True)
    begin = os.times().elapsed
    ended = subprocess.run([options.bin + "/attnsweep", "ingest", str(work / "recordings"), "--out", str(out), "--threads", str(options.threads)],
                           env=one_thread, capture_output=True, text=True)
    seconds = os.times().elapsed - begin
    clips = re.search(r'"clips": ?(\d+)', (out / "dataset.json").read_text()) if ended.returncode == 0 else None
    if not clips:
        raise SystemExit(f"attnsweep ingest ended with {ended.returncode}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return {"ingest": int(clips[1]) / seconds}


def our_batches():
    # Its rates are of contenders among themselves.
    return rates_of(options.bench, "batches", work / "shards", work, 2)


def peer_ingest():
    """Two ways to write it: 16 clips a call, which few do, and one."""
    found = {}
    for name, clips_a_call in (("ingest", 16), ("ingest_singly", 1)):
        for old in work.glob("peer-*.h5"):
            old.unlink()
        found[name] = rates_of(sys.executable, peer_script, "ingest", work / "recordings", work / "peer", options.threads, clips_a_call)["ingest"]
    return found


sides = {
    "attnsweep": (our_ingest, lambda: rates_of(options.bench, "transforms", work / "clips.f32", options.seconds), our_batches),
    "librosa": (peer_ingest, lambda: rates_of(sys.executable, peer_script, "transforms", work / "clips.f32", options.seconds)),
}
found = {side: {} for side in sides}
for number in range(options.rounds):
    for side, measures in sides.items():
        for measure in measures:
            for name, rate in measure().items():
                found[side].setdefault(name, []).append(rate)
    print(f"round {number + 1}: " + "; ".join(f"{side} " + ", ".join(f"{name} {rates[-1]:.1f}" for name, rates in of.items())
                                              for side, of in found.items()), flush=True)
ours, peers = ({name: statistics.median(rates) for name, rates in of.items()} for of in found.values())
against = [("ingest" if name == "ingest_singly" else name, "librosa, one by one" if name == "ingest_singly" else "librosa", rate)
           for name, rate in peers.items()]
for name, other in (("batches_checked", "batches_fletcher32"), ("batches_checked", "batches_memcpy"), ("batches_again", "batches_memcpy_again")):
    against.append((name, other, ours[other]))
print(f"median of {options.rounds}, clips per second")
for name, other, rate in against:
    print(f"{name:<16} {ours[name]:>9.1f}   {other:<20} {rate:>9.1f} {ours[name] / rate:>7.2f} x")
