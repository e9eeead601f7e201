"""A tiny sweep, the processes that run it, and what its store says: what the drivers of this folder share.

Nothing here asserts; a driver that finds a promise broken raises Broken with the seed that shows it again.
"""
import argparse
import array
import json
import math
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import time
import wave

EXIT_0 = signal.SIGRTMIN + 3  # fault_shim.cpp answers it with _exit(0)
RUN_AGAIN, SOME_FAILED = 75, 4
LABELS = [f"{kind}-r{ratio}-s{seed}" for kind in ("stft", "cqt") for ratio in (0, 25) for seed in (1, 2)]

SWEEP = """[sweep]
name = "tiny"
repeats = 2
[data]
scale = "decibel"
normalisation = "clip_standard"
test_fraction = 0.2
validation_fraction = 0.2
[model]
first_filters = 2
heads = 2
dense_sizes = [16]
batch_norm_momentum = 0.9
[training]
learning_rate = 0.02
max_epochs = {epochs}
[checkpoint]
every = 0.1
[axes]
"data.spectrogram" = ["stft", "cqt"]
"model.attention_ratio" = [0, 0.25]
"""


class Broken(Exception):
    """A promise did not hold."""


def hold(promise, said):
    if not promise:
        raise Broken(said)


def arguments(description):
    """The options every driver has; CMake gives them to ctest's short forms."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where attnsweep, attnsweep-run and attnsweep-trial lie")
    parser.add_argument("--stand-in", type=pathlib.Path, help="the stand-in for attnsweep-trial")
    parser.add_argument("--shim", type=pathlib.Path, required=True, help="libfault_shim.so")
    parser.add_argument("--mpirun", type=pathlib.Path, help="the mpirun of the Open MPI attnsweep-run is linked with")
    parser.add_argument("--seed", type=int, default=1, help="what is random follows from it")
    return parser


def write_corpus(folder, classes=4, recordings=6, seconds=1.05, rate=22050):
    """Tones: the class sets pitch and partials, the recording detunes."""
    for instrument in range(classes):
        for recording in range(recordings):
            pitch = 150.0 * 1.35**instrument * (1 + 0.01 * recording)
            samples = array.array("h")
            for i in range(int(seconds * rate)):
                angle = 2 * math.pi * pitch * i / rate
                value = sum(math.sin(partial * angle) / partial for partial in range(1, 2 + instrument % 3))
                samples.append(int(9000 * value / 2))
            name = folder / f"instrument-{instrument}" / f"{recording}.wav"
            name.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(name), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate)
                file.writeframes(samples.tobytes())


class Bench:
    """A temporary folder with a data set and a sweep file; removed at the end of the scope."""

    def __init__(self, options, epochs):
        self.options = options
        self._folder = tempfile.TemporaryDirectory(prefix="attnsweep-faults-")
        self.folder = pathlib.Path(self._folder.name)
        write_corpus(self.folder / "audio")
        subprocess.run([options.bin / "attnsweep", "ingest", self.folder / "audio", "--out", self.folder / "shards",
                        "--hop", "2205", "--n-fft", "128", "--octaves", "5", "--bins-per-octave", "6"],
                       check=True, stdout=subprocess.DEVNULL)
        self.sweep = self.folder / "sweep.toml"
        self.sweep.write_text(SWEEP.format(epochs=epochs))

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self._folder.cleanup()

    def line(self, store, ranks=0, grace=5, more=()):
        """The user's line: `ranks` 0 is without mpirun."""
        launcher = [] if ranks == 0 else [self.options.mpirun, "--map-by", "slot:oversubscribe", "-n", str(ranks)]
        return [str(word) for word in (*launcher, self.options.bin / "attnsweep", "run", self.sweep, "--data",
                                       self.folder / "shards", "--store", store, "--grace", grace, *more)]

    def report(self, store):
        """The final tables, as a user prints them."""
        return "".join(subprocess.run([self.options.bin / "attnsweep", "report", "--format", form, "--store", store],
                                      check=True, capture_output=True, text=True).stdout for form in ("text", "csv"))


class StandIn:
    """Runs of attnsweep-run with the stand-in trial, without mpirun: a tenth of a second each."""

    def __init__(self, bench, what="", sweep_settings=()):
        self.bench = bench
        # A lease that lost power tore names nobody: a run then watches it for three periods, which need not be half a minute here.
        self.environment = dict(os.environ, ATTNSWEEP_TRIAL_PROGRAM=str(bench.options.stand_in), STAND_IN=what,
                                ATTNSWEEP_LEASE_PERIOD_S="0.2")
        self.settings = [word for setting in sweep_settings for word in ("--set", setting)]

    def __call__(self, store, limit_s=120, slots=1, program=None, more=(), **faults):
        """-> exit code, output. `faults`: the shim's settings, by name."""
        line = [program or self.bench.options.bin / "attnsweep-run", self.bench.sweep, "--data", self.bench.folder / "shards",
                "--store", store, "--slots", str(slots), "--grace", "5", *self.settings, *more]
        environment = self.environment
        if faults:
            environment = dict(environment, LD_PRELOAD=str(self.bench.options.shim),
                               **{name: str(value) for name, value in faults.items()})
        try:
            ended = subprocess.run(line, env=environment, capture_output=True, text=True, errors="replace", timeout=limit_s)
        except subprocess.TimeoutExpired as late:
            raise Broken(f"it hangs, having said:\n{(late.stdout or b'').decode(errors='replace')[-1500:]}") from late
        code = ended.returncode if ended.returncode >= 0 else 128 - ended.returncode
        return code, ended.stdout + ended.stderr


class Run:
    """One start of a line, with all the processes that come of it."""

    count = 0

    def __init__(self, line, log, shim, environment=()):
        Run.count += 1
        self.token = f"FAULTS_RUN={os.getpid()}-{Run.count}"
        self.log = pathlib.Path(log)
        self._sessions = tempfile.TemporaryDirectory(prefix="attnsweep-ompi-")
        settings = dict(os.environ, FAULTS_RUN=self.token.split("=")[1], LD_PRELOAD=str(shim), TMPDIR=self._sessions.name,
                        FAULTS_EXIT_ON_SIGNAL=str(int(EXIT_0)), ATTNSWEEP_MPI_START_LIMIT_S="60", **dict(environment))
        for variable in ("OMPI_ALLOW_RUN_AS_ROOT", "PRTE_ALLOW_RUN_AS_ROOT"):
            settings[variable] = settings[variable + "_CONFIRM"] = "1"
        self.file = open(self.log, "wb")
        self.process = subprocess.Popen(line, stdout=self.file, stderr=subprocess.STDOUT, env=settings,
                                        start_new_session=True)

    def processes(self):
        """{pid: (name, rank or None, state)} of all that live, zombies left out."""
        found = {}
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                environment = pathlib.Path(entry.path, "environ").read_bytes().split(b"\0")
                if self.token.encode() not in environment:
                    continue
                stat = pathlib.Path(entry.path, "stat").read_text()
                name = os.path.basename(pathlib.Path(entry.path, "cmdline").read_bytes().split(b"\0")[0]).decode()
            except OSError:
                continue
            state = stat.rpartition(")")[2].split()[0]
            if state in "ZX" or not name:
                continue
            rank = next((int(word.partition(b"=")[2]) for word in environment
                         if word.startswith(b"OMPI_COMM_WORLD_RANK=")), None)
            found[int(entry.name)] = (name, rank, state)
        return found

    def of_role(self, role):
        """The pids of 'trial', 'rank 0', 'worker rank', 'mpirun' or 'node daemon'."""
        pids = []
        living = self.processes()
        parents = {parent_of(pid) for pid, (name, _, _) in living.items() if name == "attnsweep-run"}
        for pid, (name, rank, _) in living.items():
            if name in ("attnsweep-run", "attnsweep"):
                own = "rank 0" if rank in (0, None) else "worker rank"
            else:
                own = {"mpirun": "mpirun", "prterun": "mpirun", "prted": "node daemon", "orted": "node daemon",
                       "attnsweep-trial": "trial", "stand_in_trial": "trial"}.get(name)
            # A daemon puts itself in the background: what it leaves behind in ssh's place is none.
            if own == role and (own != "node daemon" or pid in parents):
                pids.append(pid)
        return sorted(pids)

    def ended(self):
        return self.process.poll() is not None

    def said(self):
        return self.log.read_text(errors="replace")

    def told(self):
        """The end of it, for a person: without the epochs."""
        return "\n".join([line for line in self.said().splitlines() if " epoch " not in line][-12:])

    def wait(self, limit_s):
        """The exit code as a shell shows it; None: still running."""
        try:
            code = self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None
        return code if code >= 0 else 128 - code

    def all_gone(self, limit_s):
        """What is left of it after at most that long: {} is nothing."""
        until = time.monotonic() + limit_s
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.03)
        return left

    def kill_all(self):
        for _ in range(3):
            for pid in self.processes():
                send(pid, signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.kill_all()
        self.file.close()
        self._sessions.cleanup()

    def acknowledged(self):
        return acknowledged_in(self.said())


def parent_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def send_when_caught(pid, number, limit_s=60):
    """For a signal that a handler is to answer: sent before the handler is installed it would end the process. The shim's is installed
    after all libraries have begun, which of libtorch alone takes a while. -> False, and nothing is sent, where the process has ended, or
    is stopped, before."""
    end = time.monotonic() + limit_s
    while True:
        status = status_of(pid)
        if int(status.get("SigCgt", "0"), 16) >> (number - 1) & 1:
            send(pid, number)
            return True
        if status.get("State", "X")[0] in "ZXTt":
            return False
        hold(time.monotonic() < end, f"process {pid} ({status['Name']}) does not catch signal {int(number)}")
        time.sleep(0.005)


def status_of(pid):
    """/proc/PID/status as {name: value}; {} of one that is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def acknowledged_in(said):
    """Labels the output says are done: a person may rely on them from then on."""
    return re.findall(r"\] (\S+) done: \d+ of \d+ done", said)


def results(store, key="label"):
    """{label: everything the store holds of a done trial's numbers}, read as SQLite itself reads it. `key`: trial_id where
    several revisions share labels."""
    if not pathlib.Path(store).exists():
        return {}
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)
    try:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if "trial_overview" not in tables:
            return {}  # the first run ended before the store was made
        done = {}
        for label, attempt in connection.execute(
                f"SELECT DISTINCT {key}, done_attempt_id FROM trials JOIN revision_trials USING (trial_id) "
                "WHERE done_attempt_id IS NOT NULL").fetchall():
            evaluations = connection.execute(
                "SELECT weights, epoch, loss, accuracy, confusion FROM evaluations WHERE attempt_id = ? ORDER BY weights",
                (attempt,)).fetchall()
            epochs = connection.execute(
                "SELECT epoch, train_loss, train_accuracy, validation_loss, validation_accuracy FROM epochs "
                "WHERE attempt_id = ? ORDER BY epoch", (attempt,)).fetchall()
            hold(label not in done, f"{store}: two rows say that {label} is done")
            hold(len(evaluations) == 2, f"{store}: {label} is done with {len(evaluations)} evaluations instead of 2")
            done[label] = json.dumps([evaluations, epochs])
        return done
    finally:
        connection.close()


def check_rows(store):
    """integrity_check, foreign keys, and no trial or attempt that stands twice."""
    connection = sqlite3.connect(store, timeout=30)
    try:
        verdict = connection.execute("PRAGMA integrity_check").fetchall()
        hold(verdict == [("ok",)], f"{store}: integrity_check says {verdict}")
        hold(not connection.execute("PRAGMA foreign_key_check").fetchall(), f"{store}: foreign keys point nowhere")
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if "trial_overview" not in tables:
            return
        twice = connection.execute("SELECT label, count(*) FROM trial_overview WHERE current GROUP BY sweep, label HAVING count(*) > 1").fetchall()
        hold(not twice, f"{store}: these stand twice: {twice}")
        twice = connection.execute("SELECT trial_id, count(*) FROM attempts WHERE outcome = 'done' GROUP BY trial_id "
                                   "HAVING count(*) > 1").fetchall()
        hold(not twice, f"{store}: more than one attempt is done: {twice}")
    finally:
        connection.close()
