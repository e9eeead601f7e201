"""/bin/true so many times through HyperQueue: one job of that many tasks on a local server and worker; prints tasks a second."""
import sys
import time

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

count = int(sys.argv[1])
with LocalCluster() as cluster:
    cluster.start_worker(WorkerConfig(cores=2))
    client = cluster.client()
    begin = time.perf_counter()
    job = Job()
    for _ in range(count):
        job.program(["/bin/true"])
    submitted = client.submit(job)
    client.wait_for_jobs([submitted])
    print(count / (time.perf_counter() - begin))
