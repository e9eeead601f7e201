"""FOLDER: four instruments of eight tones each, as WAV files; the class sets the pitch and the number of partials."""
import math
import os
import struct
import sys
import wave

RATE = 22050
for instrument in range(4):
    folder = os.path.join(sys.argv[1], f"instrument-{instrument:02}")
    os.makedirs(folder)
    for recording in range(8):
        pitch = 150 * 1.35**instrument * (1 + 0.004 * recording)
        samples = (
            int(9000 * sum(math.sin(2 * math.pi * k * pitch * t / RATE) / k for k in range(1, instrument % 3 + 2)))
            for t in range(int(2.05 * RATE))
        )
        with wave.open(os.path.join(folder, f"{instrument:02}-{recording}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
