"""librosa's side of data.sh; prints "name rate" lines, clips per second.
    librosa_peer.py transforms CLIPS.f32 SECONDS        one thread: the STFT, the CQT one clip at a time and in batches of 16
    librosa_peer.py ingest RECORDINGS OUT PROCESSES CLIPS   whole ingest, that many clips a call at most, its processes started and warm
                                                        before the time begins
Both as magnitudes, (frames, bins) in float32. librosa's CQT is its approximation: see tests/golden."""
import multiprocessing
import pathlib
import sys
import time

import h5py
import librosa
import numpy as np

RATE, HOP, BATCH, AT_ONCE = 22050, 256, 16, 12  # BATCH: of the transforms; AT_ONCE: recordings that a process takes


def stft(samples):
    return np.abs(librosa.stft(samples, n_fft=2048, hop_length=HOP, window="hann", center=True, pad_mode="constant"))


def cqt(samples):
    return np.abs(librosa.cqt(samples, sr=RATE, hop_length=HOP, fmin=32.70319566257483, n_bins=252, bins_per_octave=36, pad_mode="constant"))


def calls_per_second(seconds, work):
    work(0)  # compiles (numba) and fills librosa's caches
    calls, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        work(calls)
        calls += 1
    return calls / (time.perf_counter() - begin)


def transforms(path, seconds):
    clips = np.fromfile(path, np.float32).reshape(-1, RATE)
    print("stft", calls_per_second(seconds, lambda i: stft(clips[i % len(clips)])))
    print("cqt", calls_per_second(seconds, lambda i: cqt(clips[i % len(clips)])))
    print("cqt_16", BATCH * calls_per_second(seconds, lambda i: cqt(clips[(BATCH * i + np.arange(BATCH)) % len(clips)])))


def begin_process(out, together, clips):
    """Each process writes a file of its own: nothing is sent between processes but names and counts."""
    global file, barrier, clips_a_call
    barrier, clips_a_call = together, clips
    file = h5py.File(f"{out}-{multiprocessing.current_process().pid}.h5", "w")
    noise = np.random.default_rng(1).standard_normal((2, 2 * RATE)).astype(np.float32)
    noise = librosa.resample(noise, orig_sr=2 * RATE, target_sr=RATE)
    stft(noise), cqt(noise)


def ingest_some(paths):
    """librosa is faster with many clips at once: its filters are made for each call."""
    clips = []
    for path in paths:
        samples = librosa.load(path, sr=RATE, mono=True, dtype=np.float32)[0]
        clips += [samples[begin : begin + RATE] for begin in range(0, len(samples) - RATE + 1, RATE)]
    for begin in range(0, len(clips), clips_a_call):
        batch = np.array(clips[begin : begin + clips_a_call])
        group = file.create_group(f"{paths[0].parent.name}/{paths[0].name}/{begin}")
        group["stft"] = stft(batch).transpose(0, 2, 1)
        group["cqt"] = cqt(batch).transpose(0, 2, 1)
    return len(clips)


def flush_all(_):
    barrier.wait()  # one call for each process
    file.flush()


def ingest(recordings, out, processes, clips_a_call):
    paths = sorted(pathlib.Path(recordings).glob("*/*"))
    with multiprocessing.Pool(processes, begin_process, (out, multiprocessing.Barrier(processes), clips_a_call)) as pool:
        pool.map(flush_all, range(processes), 1)  # all have started
        begin = time.perf_counter()
        clips = sum(pool.imap_unordered(ingest_some, [paths[i : i + AT_ONCE] for i in range(0, len(paths), AT_ONCE)]))
        pool.map(flush_all, range(processes), 1)
        seconds = time.perf_counter() - begin
    print("ingest", clips / seconds)


if sys.argv[1] == "transforms":
    transforms(sys.argv[2], float(sys.argv[3]))
else:
    ingest(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
