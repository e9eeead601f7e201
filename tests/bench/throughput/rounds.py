"""The rounds of throughput.sh: each contender once a round, in turn, so that a noisy machine is noisy for all."""
import argparse
import os
import pathlib
import sqlite3
import statistics
import subprocess
import tempfile
import time

options = argparse.ArgumentParser()
for name in ("work", "bin", "peers", "mpirun", "mpi-lib"):
    options.add_argument("--" + name, required=True)
options.add_argument("--trials", type=int, required=True)
options.add_argument("--rounds", type=int, required=True)
options = options.parse_args()
work = pathlib.Path(options.work)
here = pathlib.Path(__file__).parent


def new_folder(name):
    """Of this round. Nothing is deleted before the end: ext4 hands out no inode freed in the last seconds, and whoever creates a file
    meanwhile walks over all of those (recently_deleted was 45 % of a rank's time in the round after a deletion)."""
    return pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=work))


def attnsweep():
    store = new_folder("attnsweep") / "results.db"
    environment = dict(os.environ, ATTNSWEEP_TRIAL_PROGRAM="/bin/true")
    command = [options.bin + "/attnsweep-run", work / "sweep.toml", "--data", work / "shards", "--store", store,
               "--stop-after-alike", "0", "--progress", "plain"]
    said = store.parent / "said"
    begin = time.perf_counter()
    with open(said, "w") as out:
        ended = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    seconds = time.perf_counter() - begin
    if ended.returncode != 4:
        raise SystemExit(f"attnsweep-run ended with {ended.returncode}\n" + said.read_text()[-2000:])
    rows = sqlite3.connect(store).execute("SELECT count(*) FROM attempts WHERE outcome = 'failed'").fetchone()[0]
    files = sum(1 for _ in (store.parent / "results.db.d" / "trials").glob("*/attempt-1/result.json"))
    if rows != options.trials or files != options.trials:
        raise SystemExit(f"{rows} rows, {files} files of {options.trials}\n" + said.read_text()[-2000:])
    return options.trials / seconds


def peer(command, **environment):
    # In the work folder: HyperQueue leaves two files a task where it stands.
    ended = subprocess.run(command, env=dict(os.environ, **environment), cwd=work, capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{command} ended with {ended.returncode}\n" + ended.stdout[-2000:] + ended.stderr[-2000:])
    return float(ended.stdout.split()[-1])


def hyperqueue():
    return peer([options.peers, here / "hyperqueue_peer.py", str(options.trials)])


def mpi4py_futures():
    return peer([options.mpirun, "--oversubscribe", "-n", "3", options.peers, "-m", "mpi4py.futures",
                 here / "mpi4py_peer.py", str(options.trials)], MPI4PY_LIBMPI=options.mpi_lib + "/libmpi.so.40")


def posix_spawn():
    begin = time.perf_counter()
    for _ in range(options.trials):
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    return options.trials / (time.perf_counter() - begin)


def file_sync_rename():
    folder = new_folder("files")
    text = b"x" * 800
    begin = time.perf_counter()
    for i in range(options.trials):
        file = os.open(folder / "new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(file, text)
        os.fsync(file)
        os.close(file)
        os.rename(folder / "new", folder / str(i))
        above = os.open(folder, os.O_RDONLY)
        os.fsync(above)
        os.close(above)
    seconds = time.perf_counter() - begin
    return options.trials / seconds


contenders = [attnsweep, hyperqueue, mpi4py_futures, posix_spawn, file_sync_rename]
rates = {contender.__name__: [] for contender in contenders}
for round_number in range(options.rounds):
    for contender in contenders:
        rates[contender.__name__].append(contender())
    print(f"round {round_number + 1}: " + ", ".join(f"{name} {values[-1]:.0f}/s" for name, values in rates.items()), flush=True)
medians = {name: statistics.median(values) for name, values in rates.items()}
print(f"\n{'median of ' + str(options.rounds):<18} {'a second':>9} {'attnsweep is':>13}")
for name, median in medians.items():
    ratio = "" if name == "attnsweep" else f"{medians['attnsweep'] / median:>11.2f} x"
    print(f"{name:<18} {median:>9.0f} {ratio:>13}")
