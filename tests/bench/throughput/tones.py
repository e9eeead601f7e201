"""Two classes of five tones each, 2 s: enough to make a data set of."""
import math
import pathlib
import struct
import sys
import wave

folder = pathlib.Path(sys.argv[1])
for instrument in range(2):
    (folder / f"tone-{instrument}").mkdir(parents=True)
    for recording in range(5):
        with wave.open(str(folder / f"tone-{instrument}" / f"{recording}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22050)
            step = 0.05 * (1 + instrument) * (1 + 0.004 * recording)
            file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i * step))) for i in range(45000)))
