"""long_recording.py FOLDER HOURS: one FLAC of so many hours at 44.1 kHz, written in blocks, and a second instrument of two seconds."""
import pathlib
import sys

import numpy as np
import soundfile

folder, hours = pathlib.Path(sys.argv[1]), float(sys.argv[2])
rate, random = 44100, np.random.default_rng(1)
time = np.arange(60 * rate) / rate
for name, minutes in (("long", 60 * hours), ("short", 1 / 30)):
    (folder / name).mkdir(parents=True)
    with soundfile.SoundFile(folder / name / "recording.flac", "w", rate, 1, "PCM_16") as file:
        left = int(minutes * 60 * rate)
        while left > 0:
            pitch = 55 * 2 ** random.uniform(0, 4)
            block = 0.3 * np.sin(2 * np.pi * pitch * time) + 0.1 * np.sin(4 * np.pi * pitch * time) + 0.001 * random.standard_normal(len(time))
            file.write(block[: min(left, len(block))].astype(np.float32))
            left -= len(block)
