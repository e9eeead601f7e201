"""What the steps of tests/gpu/check.sh share: how they call the programs, and how they say that they failed or were not run."""
import glob
import json
import os
import pathlib
import subprocess

root = pathlib.Path(__file__).resolve().parents[3]


class Failed(Exception):
    def __init__(self, why, figures=None):
        super().__init__(why)
        self.figures = figures or {}


class NotRun(Exception):
    pass


class Context:
    """What the steps share: programs, device, folders."""

    def __init__(self, options):
        self.device, self.short, self.python, self.work = options.device, options.short, options.python, options.out / "work"
        build = pathlib.Path(os.environ["BUILD"])  # check.sh sets it
        self.bin, self.tests = build / "bin", build / "tests"
        self.has_gpu = self.device == "cuda"
        # On a CPU of a few cores the paper's networks take minutes a step.
        self.first_filters = 32 if self.has_gpu else 8

    def run(self, *command, code=0, env=None, **more):
        """-> its output; Failed where it ends with another code (None: any)"""
        done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=dict(os.environ, **(env or {})), **more)
        print(f"$ {' '.join(map(str, command))}\n{done.stdout}", flush=True)
        if code is not None and done.returncode != code:
            raise Failed(f"{pathlib.Path(str(command[0])).name} ended with {done.returncode}, expected {code}: {(done.stdout.strip().splitlines() or [''])[-1][:200]}")
        return done.stdout

    def sweep(self, name, axes=True, repeats=1, **settings):
        """A sweep file; settings as model__first_filters=8. -> its path"""
        sections = {}
        for key, value in settings.items():
            section, key = key.split("__")
            sections.setdefault(section, []).append(f"{key} = {json.dumps(value)}")
        text = f'[sweep]\nname = "{name}"\nrepeats = {repeats}\n' + "".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())
        if axes:
            text += '[axes]\n"data.spectrogram" = ["stft", "cqt"]\n"model.attention_ratio" = [0.0, 0.25, 0.5, 0.75, 1.0]\n'
        path = self.work / f"{name}.toml"
        path.write_text(text)
        return path

    def trial(self, label, sweep, *more, code=0):
        return self.run(self.bin / "attnsweep", "trial", label, "--sweep", sweep, "--data", self.work / "shards", "--device", self.device, *more, code=code)


def gpu_is_here():
    return bool(glob.glob("/dev/nvidia[0-9]*")) or os.path.exists("/dev/dxg")  # the latter in WSL
