"""The inputs of data.sh: recordings FOLDER COUNT SOURCE-or-'' makes FOLDER/recordings, at most COUNT recordings per instrument, evenly of a folder
of recordings or, without one, generated MP3s at 44.1 kHz; and FOLDER/clips.f32, one clip of each of the first 64 at 22,050 Hz."""
import pathlib
import shutil
import sys

import librosa
import numpy as np
import soundfile

folder, count, source = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
recordings = folder / "recordings"


def generated():
    """19 instruments: decaying harmonics of a note, with a little noise, 1 to 4 s."""
    rate, random = 44100, np.random.default_rng(1)
    for instrument in range(19):
        here = recordings / f"instrument-{instrument:02}"
        here.mkdir(parents=True)
        for note in range(count):
            time = np.arange(int(rate * random.uniform(1, 4.2))) / rate
            pitch = 55 * 2 ** (random.integers(0, 48) / 12)
            harmonics = range(1, int(min(40, 10000 / pitch)) + 1)
            sound = sum(np.sin(2 * np.pi * pitch * h * time + random.uniform(0, 6)) / h ** (1 + 0.1 * instrument) for h in harmonics)
            sound = 0.2 * sound * np.exp(-time) + 0.002 * random.standard_normal(len(time))
            soundfile.write(here / f"{note:03}.mp3", np.clip(sound, -1, 1), rate, format="MP3")


def chosen():
    for instrument in sorted(path for path in pathlib.Path(source).iterdir() if path.is_dir()):
        files = sorted(path for path in instrument.iterdir() if path.is_file())
        here = recordings / instrument.name
        here.mkdir(parents=True)
        for number in np.unique(np.linspace(0, len(files) - 1, count).astype(int)):
            shutil.copy(files[number], here)


chosen() if source else generated()
paths = sorted(recordings.glob("*/*"))
with open(folder / "clips.f32", "wb") as clips:
    for number in np.unique(np.linspace(0, len(paths) - 1, 64).astype(int)):
        samples = librosa.load(paths[number], sr=22050)[0]
        if len(samples) >= 22050:
            clips.write(samples[:22050].astype(np.float32).tobytes())
