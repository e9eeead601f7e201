"""Two classes of five tones each: enough to make a data set of. tones.py FOLDER [SECONDS OF EACH, 2]"""
import math
import pathlib
import struct
import sys
import wave

folder = pathlib.Path(sys.argv[1])
samples = int(22050 * float(sys.argv[2] if len(sys.argv) > 2 else 2.04))
for instrument in range(2):
    (folder / f"tone-{instrument}").mkdir(parents=True)
    for recording in range(5):
        with wave.open(str(folder / f"tone-{instrument}" / f"{recording}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22050)
            step = 0.05 * (1 + instrument) * (1 + 0.004 * recording)
            file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i * step))) for i in range(samples)))
