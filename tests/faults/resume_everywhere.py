#!/usr/bin/env python3
"""A trial that is interrupted after every batch, and resumed by a new process each time, ends as one that is not: weights, state of the
optimizer, random state, metrics of all epochs and predictions are equal bit for bit (docs/architecture.md, promise 4).

    tests/faults/resume_everywhere.py --bin build/release/bin --shim build/release/tests/bin/libfault_shim.so [--sample]

30 batches in 3 epochs, interrupted after each and after each validation: five ratios x STFT and CQT x 1 and 2 threads with Adagrad, each
other optimizer once, one trial with two replicas. Negative controls resume from a checkpoint whose state of the optimizer, or whose position in the epoch, is as at
the beginning: they must end otherwise; one that was taken apart and put together again must not. --sample: four short trials and the controls.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

from sweep_under_test import RUN_AGAIN, Broken, hold, write_corpus

MAGIC = b"attnsweep checkpoint 1\n"
TRAILER = b"CRC32C:"
# What two runs of a trial need not share.
OF_THE_RUN = {"duration_s", "epoch_duration_s", "peak_memory_bytes", "started_at"}
OPTIMIZERS = {
    "sgd": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "clip_norm": 1.0},
    "adam": {"optimizer": "adam", "learning_rate": 0.003, "class_weights": "balanced"},
    "adamw": {"optimizer": "adamw", "learning_rate": 0.003, "weight_decay": 0.01, "schedule": "cosine", "warmup_epochs": 0.5},
}


def crc32c(data, table=[]):
    if not table:
        for value in range(256):
            for _ in range(8):
                value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
            table.append(value)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in OF_THE_RUN}
    return [without_times(item) for item in value] if isinstance(value, list) else value


class Checkpoint:
    """A checkpoint's JSON state, and its parts by name."""

    def __init__(self, path):
        data = path.read_bytes()
        hold(data.startswith(MAGIC), f"{path}: no checkpoint")
        begin = len(MAGIC) + 8
        size, = struct.unpack("<Q", data[len(MAGIC):begin])
        content = json.loads(data[begin:begin + size])
        self.state, self.parts, begin = content["state"], {}, begin + size
        for part in content["parts"]:
            self.parts[part["name"]] = data[begin:begin + part["size"]]
            begin += part["size"]

    def write(self, path):
        text = json.dumps({"state": self.state, "parts": [{"name": name, "size": len(data)} for name, data in self.parts.items()]}).encode()
        data = MAGIC + struct.pack("<Q", len(text)) + text + b"".join(self.parts.values())
        path.write_bytes(data + TRAILER + f"{crc32c(data):08x}".encode())

    def position(self):
        progress = self.state["progress"]
        return progress["epoch"], progress["batch"], progress["trained"]

    def forget_optimizer(self):
        """Every number of its state as a new Adagrad has it."""
        data = self.parts["optimizer"]
        begin = 8 + struct.unpack("<Q", data[:8])[0]
        self.parts["optimizer"] = data[:begin] + struct.pack("<f", 0.1) * ((len(data) - begin) // 4)

    def forget_position(self):
        """The order of the clips begins anew; the weights stay."""
        self.state["progress"].update(batch=0, loss_sum=0.0, correct=0, clips=0)


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        write_corpus(folder / "audio", seconds=2.05)
        subprocess.run([options.bin / "attnsweep", "ingest", folder / "audio", "--out", folder / "shards", "--hop", "2205", "--n-fft", "128",
                        "--octaves", "5", "--bins-per-octave", "6"], check=True, stdout=subprocess.DEVNULL)
        self.data_set = json.loads((folder / "shards" / "dataset.json").read_text())

    def order(self, name, spectrogram, ratio, threads, epochs, batch_size, training, replicas=1):
        digest = next(kind["digest"] for kind in self.data_set["spectrograms"] if kind["spectrogram"] == spectrogram)
        spec = {
            "data": {"spectrogram": spectrogram, "scale": "decibel", "normalisation": "clip_standard", "test_fraction": 0.2,
                     "validation_fraction": 0.2},
            "model": {"attention_ratio": ratio, "heads": 2, "first_filters": 4, "dense_sizes": [16], "batch_norm_momentum": 0.9},
            "training": {"learning_rate": 0.02, "batch_size": batch_size, "max_epochs": epochs, "early_stopping": False, **training},
            "seed": {"split": 1, "init": 1, "order": 1},
            "data_set": {"digest": digest, "frames": 11, "bins": 65 if spectrogram == "stft" else 30, "classes": 4},
        }
        trial_id = hashlib.sha256(json.dumps(spec).encode()).hexdigest()[:16]
        store = self.folder / name
        return {"trial": {"id": trial_id, "label": name, "configuration": name, "repeat": 1, "spec": spec}, "attempt": 1,
                "data_folder": str(self.folder / "shards"), "attempt_folder": str(store / "trials" / trial_id / "attempt-1"),
                "pending_folder": str(store / "pending"), "earlier_attempts": [], "device": self.options.device, "threads": threads,
                "replicas": replicas, "cores": [],
                "checkpoint_every_s": 600.0, "keep": "all", "attention_implementation": "auto", "optimizer_step": "per_tensor", "late_losses": False, "step_graph": False, "batch_loading": "plain", "clips_fit": False,
                "max_batches": 0}

    def run(self, order, until=None):
        """One process. `until`: the text of the event after which it gets SIGTERM. -> its events"""
        environment = dict(os.environ)
        if until:
            environment.update(LD_PRELOAD=str(self.options.shim), FAULTS_TERM_AFTER=until)
        events = self.folder / ("events" + order["attempt_folder"].removeprefix(str(self.folder)).replace("/", "-"))
        with open(events, "wb") as out:
            ended = subprocess.run([self.options.bin / "attnsweep-trial", "train", "--events", str(out.fileno())],
                                   input=json.dumps(order).encode(), env=environment, pass_fds=[out.fileno()], capture_output=True,
                                   timeout=600)
        said = ended.stderr.decode(errors="replace")[-1500:]
        hold(ended.returncode == (RUN_AGAIN if until else 0), f"exit code {ended.returncode} until {until}: {said}")
        return [json.loads(line) for line in events.read_text().splitlines()]


def next_attempt(order):
    attempt = order["attempt"] + 1
    folder = pathlib.Path(order["attempt_folder"]).parent / f"attempt-{attempt}"
    return dict(order, attempt=attempt, attempt_folder=str(folder), earlier_attempts=[order["attempt_folder"], *order["earlier_attempts"]])


def newest_checkpoint(order):
    """Of the newest attempt that has any: one that only tests writes none."""
    for folder in (order["attempt_folder"], *order["earlier_attempts"]):
        if found := sorted(pathlib.Path(folder).glob("checkpoint-*.ckpt")):
            return found[-1]
    raise Broken(f"attempt {order['attempt']} and those before left no checkpoint")


def what_is_left(order):
    """All that two runs of a trial must share."""
    folder = pathlib.Path(order["attempt_folder"])
    result = json.loads((folder / "result.json").read_text())
    checkpoint = Checkpoint(newest_checkpoint(order))
    hold(not result["execution"]["mixed"], "it is marked mixed")
    left = {f"checkpoint's {name}": data for name, data in checkpoint.parts.items()}
    left["checkpoint's progress"] = without_times(checkpoint.state["progress"])
    for key in ("outcome", "epochs", "best_epoch", "stopped_early", "last", "best", "parameters", "split_digest", "test_set"):
        left[key] = without_times(result[key])
    for name in ("weights-last.safetensors", "weights-best.safetensors"):
        left[name] = (folder / name).read_bytes()
    hold(set(checkpoint.parts) == {"weights", "optimizer", "best_weights", "random"} and len(checkpoint.parts["optimizer"]) > 1000,
         f"the checkpoint's parts are {[(name, len(data)) for name, data in checkpoint.parts.items()]}")
    return left


def differences(one, other):
    return [key for key in one if one[key] != other[key]]


def interrupted_text(position, batches):
    """What the trial says at its next interruption."""
    epoch, batch, _ = position
    if batch == batches:
        return '"event":"epoch"'
    return f'"batch":{batch + 1},"batches":{batches},"epoch":{epoch},"event":"progress"'


def position_after(position, batches, epochs):
    epoch, batch, _ = position
    return (epoch + 1, 0, epoch == epochs) if batch == batches else (epoch, batch + 1, False)


def interrupted_everywhere(bench, order, batches):
    """-> the order of the last attempt, which ended; each attempt before it was interrupted"""
    epochs = order["trial"]["spec"]["training"]["max_epochs"]
    position = (1, 0, False)
    while not position[2]:
        bench.run(order, interrupted_text(position, batches))
        position = position_after(position, batches, epochs)
        reached = Checkpoint(newest_checkpoint(order)).position()
        hold(reached == position, f"attempt {order['attempt']} was to be interrupted at {position}, and was at {reached}")
        order = next_attempt(order)
    bench.run(order)
    return order


def edited(bench, order, batches, name, edit):
    """Interrupts it in the middle of its first epoch, edits the checkpoint, and resumes. -> the order of the last attempt"""
    order = dict(order, attempt_folder=order["attempt_folder"].replace("/trials/", f"/{name}/trials/"))
    position = (1, 0, False)
    for _ in range(batches // 2):
        bench.run(order, interrupted_text(position, batches))
        position = position_after(position, batches, 0)
        order = next_attempt(order)
    path = newest_checkpoint(order)
    checkpoint = Checkpoint(path)
    edit(checkpoint)
    checkpoint.write(path)
    started = bench.run(order)[0]
    hold(started["path"] == str(path), f"it resumed from {started.get('path')!r}, not from the edited {path}")
    return order


def check(bench, name, *settings):
    """-> the number of resumes, and what check_controls needs"""
    began = time.monotonic()
    whole = bench.order(f"{name}-whole", *settings)
    batches = max(event.get("batches", 0) for event in bench.run(whole))
    expected = what_is_left(whole)
    hold(len(expected["epochs"]) == settings[3], "it was to train all its epochs")
    last = interrupted_everywhere(bench, bench.order(f"{name}-parts", *settings), batches)
    found = differences(expected, what_is_left(last))
    hold(not found, f"{name}: interrupted after every batch it ends with other {', '.join(found)}")
    resumes = last["attempt"] - 1
    print(f"{name}: {batches * settings[3]} batches, {resumes} resumes, all equal; {time.monotonic() - began:.1f} s", flush=True)
    return resumes, (whole, batches, expected)


def check_controls(bench, whole, batches, expected):
    def ended(name, edit):
        return differences(expected, what_is_left(edited(bench, whole, batches, name, edit)))

    found = ended("rewritten", lambda checkpoint: None)
    hold(not found, f"a checkpoint that was only rewritten ends with other {', '.join(found)}")
    for name, edit in (("without the optimizer's state", Checkpoint.forget_optimizer), ("without the position in the epoch", Checkpoint.forget_position)):
        found = ended(name.replace(" ", "-"), edit)
        for part in ("checkpoint's weights", "checkpoint's optimizer", "epochs", "last", "weights-last.safetensors"):
            hold(part in found, f"control {name}: {part} is equal all the same; this driver would not see a resume that forgets it")
        print(f"control {name}: unequal, as it must be, in {', '.join(found)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where attnsweep and attnsweep-trial lie")
    parser.add_argument("--shim", type=pathlib.Path, required=True, help="libfault_shim.so")
    parser.add_argument("--sample", action="store_true", help="the short form")
    parser.add_argument("--jobs", type=int, default=1, help="trials at a time")
    parser.add_argument("--device", default="cpu", help="of the trials")
    options, _ = parser.parse_known_args()  # ctest gives what other drivers need, too
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="attnsweep-resume-") as folder:
        bench = Bench(options, pathlib.Path(folder))
        epochs, batch_size = (2, 15) if options.sample else (3, 3)
        trials = [(f"{kind}-r{round(100 * ratio)}-adagrad-{threads}t", kind, ratio, threads, epochs, batch_size, {})
                  for kind in (("cqt",) if options.sample else ("stft", "cqt"))
                  for ratio in ((0.25,) if options.sample else (0, 0.25, 0.5, 0.75, 1))
                  for threads in ((2,) if options.sample else (1, 2))]
        trials += [(f"cqt-r25-{name}-1t", "cqt", 0.25, 1, 1 if options.sample else epochs, batch_size, training)
                   for name, training in OPTIMIZERS.items()]
        if not options.sample:
            trials.append(("cqt-r25-adagrad-2-replicas", "cqt", 0.25, 1, epochs, batch_size, {}, 2))
        try:
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                checked = [ended.result() for ended in [pool.submit(check, bench, *trial) for trial in trials]]
            check_controls(bench, *checked[0][1])
        except Broken as broken:
            print(f"FAILED: {broken}")
            return 1
        print(f"{len(checked)} trials, {sum(resumes for resumes, _ in checked)} resumes, all equal; both controls unequal; "
              f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
