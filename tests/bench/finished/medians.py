"""Medians of several runs of commands, in seconds by the clock and of a processor, and the most memory each took: medians.py ROUNDS
<COMMANDS. A command is a line: a name, a text that its output must hold, and its words, each after a tab."""
import statistics
import subprocess
import sys
import tempfile

for line in sys.stdin:
    name, expected, *command = line.rstrip("\n").split("\t")
    seconds, processor, kilobytes, size = [], [], 0, 0
    for _ in range(int(sys.argv[1])):
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(["/usr/bin/time", "-f", "%e %U %S %M", *command], stdout=output, stderr=subprocess.PIPE, text=True)
            size = output.seek(0, 2)
            output.seek(0)
            if expected not in output.read():
                sys.exit(f"{name}: its output does not say \"{expected}\"; errors: {done.stderr[-2000:]}")
        took, user, system, memory = done.stderr.split()[-4:]
        seconds.append(float(took))
        processor.append(float(user) + float(system))
        kilobytes = max(kilobytes, int(memory))
    print(f"{name:34} {statistics.median(seconds):6.2f} s {statistics.median(processor):6.2f} s of a processor {kilobytes / 1e3:5.0f} MB "
          f"{size / 1e6:7.2f} MB written", flush=True)
