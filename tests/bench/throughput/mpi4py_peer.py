"""/bin/true so many times through mpi4py.futures on 3 ranks (a master, two workers); prints tasks a second."""
import subprocess
import sys
import time

from mpi4py.futures import MPIPoolExecutor


def task(_):
    return subprocess.run(["/bin/true"]).returncode


if __name__ == "__main__":
    count = int(sys.argv[1])
    with MPIPoolExecutor() as executor:
        list(executor.map(task, range(10)))
        begin = time.perf_counter()
        results = list(executor.map(task, range(count)))
        print(count / (time.perf_counter() - begin))
