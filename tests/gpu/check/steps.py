"""The steps of tests/gpu/check.sh, as a table at the end. Each is a function of a Context that returns figures for the report, or
raises Failed or NotRun."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

from context import Failed, NotRun, root

RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
CONFIGURATIONS = [(kind, ratio) for kind in ("stft", "cqt") for ratio in RATIOS]
# Dense tensor-core peaks of NVIDIA's data sheets in TFLOP/s: float32 without tensor cores, TF32, bfloat16.
PEAKS = {"A100": (19.5, 156, 312), "H100": (67, 494, 989), "H200": (67, 494, 989), "B200": (75, 1100, 2250), "L40S": (91.6, 183, 362)}


def label(kind, ratio):
    return f"{kind}-r{round(100 * ratio)}-s1"


def prepare(context):
    """Clips of tones in the paper's geometry."""
    if (context.work / "shards" / "dataset.json").exists():
        return {}
    context.work.mkdir(parents=True, exist_ok=True)
    context.run("rm", "-rf", context.work / "audio", context.work / "shards")
    context.run("python3", root / "tests/bench/throughput/tones.py", context.work / "audio", 30 if context.has_gpu else 8)
    context.run(context.bin / "attnsweep", "ingest", context.work / "audio", "--out", context.work / "shards")
    return {}


def identity(context):
    said = context.run(context.bin / "attnsweep", "doctor", "--device", context.device, "--data", context.work / "shards", "--store", context.work / "doctor.db", code=None)
    machine = json.loads(next(line for line in context.run(context.bin / "attnsweep-trial", "doctor").splitlines() if line.startswith("{")))
    cuda = machine["cuda"]
    figures = {"attnsweep": machine["version"], "libtorch": machine["libtorch"], "processor": machine["processor"],
               "GPUs": [f"{gpu['name']} ({gpu['capability']})" for gpu in cuda["devices"]] or [cuda["why"]]}
    if context.has_gpu:
        figures["driver"] = context.run("nvidia-smi", "--query-gpu=driver_version,memory.total,mig.mode.current", "--format=csv,noheader", code=None).strip()
        plugin = cuda.get("plugin", {})
        figures["libattnsweep_cuda.so"] = plugin.get("why") or "loaded"
        if plugin.get("why"):
            raise Failed(plugin["why"], figures)
        if not cuda["devices"] or any(gpu["why"] for gpu in cuda["devices"]):
            raise Failed("a GPU cannot be used: " + str([gpu["why"] for gpu in cuda["devices"]] or cuda["why"]), figures)
    if "libraries" not in said:
        raise Failed("attnsweep doctor does not name the libraries", figures)
    return figures


def load_order(context):
    operators = context.tests / "bin/operators_of_a_step"
    context.run(operators, "--with-cuda")
    if "without" not in context.run(operators, "--cuda-too-late", code=2):
        raise Failed("loading CUDA after the first operator went unnoticed")
    return {}


def golden_files(context):
    worst = []
    for name in ("attention_layer", "network_narrow"):
        said = context.run(context.bin / "golden_check", root / f"tests/golden/{name}.h5", context.device)
        worst.append(f"{name}: {said.splitlines()[-1]}")
    return {"files": worst}


def compared(context, cases):
    rows, failed = [], []
    for kind, ratio, precision, attention, filters, batch in cases:
        said = context.run(context.tests / "bin/device_check", context.device, kind, ratio, precision, attention, filters, batch, 87 if context.has_gpu else 22, code=None)
        found = json.loads((said.splitlines() or [""])[-1]) if said.rstrip().endswith("}") else {"within_tolerance": False, "outputs": said.strip()[-200:]}
        name = f"{kind} {ratio:.0%} {precision} {attention}"
        rows.append({"network": name, **found})
        failed += [] if found["within_tolerance"] else [name]
    figures = {"first filters": cases[0][4], "relative differences": rows}
    if failed:
        raise Failed(f"beyond tolerance: {', '.join(failed)}", figures)
    return figures


def ten_configurations(context):
    precisions = ("float32", "tf32", "bfloat16") if context.has_gpu else ("float32",) if context.short else ("float32", "bfloat16")
    filters, batch = (32, 4) if context.has_gpu and not context.short else (8, 2) if context.has_gpu else (2, 2)
    return compared(context, [(kind, ratio, precision, "auto", filters, batch) for kind, ratio in CONFIGURATIONS for precision in precisions])


def attention_forms(context):
    forms = ["reference", "chunked", "sdpa_bias", "sdpa_extended"] + ([] if context.has_gpu else ["tiled"])
    kinds = (("cqt", 0.5),) if context.short else (("cqt", 0.5), ("cqt", 1.0), ("stft", 0.25))
    return compared(context, [(kind, ratio, "float32", form, 8 if context.has_gpu else 2, 2) for kind, ratio in kinds for form in forms])


def result_of(context, name, run, *more):
    """A trial of two epochs. -> its result without times, its average step in ms"""
    sweep = context.sweep("twice", model__first_filters=8 if context.has_gpu else 4, training__max_epochs=2)
    path = context.work / f"{name}-{run}.json"
    said = context.trial(name, sweep, "--result", path, *more)
    result = json.loads(path.read_text())
    step = re.search(r"an average step of ([0-9.]+) ms", said)
    return {key: result[key] for key in ("last", "best", "best_epoch", "outcome")} | \
        {"losses": [{key: value for key, value in epoch.items() if "duration" not in key and "_s" != key[-2:]} for epoch in result["epochs"]]}, \
        float(step[1]) if step else None


def same_bits_twice(context):
    names = [label("cqt", 0.25)] if context.short else [label("cqt", 0.25), label("stft", 0.0), label("stft", 0.5)]
    for name in names:
        (one, _), (other, _) = [result_of(context, name, run) for run in (1, 2)]
        if one != other:
            raise Failed(f"{name}: two runs differ in {[key for key in one if one[key] != other[key]]}")
    return {"trials": names}


def settings_of_a_step(context):
    """Each setting that shortens a step beside the defaults: the same bits, or, of an optimizer on lists, the same to rounding."""
    name = label("cqt", 0.25)
    as_ever, step_ms = result_of(context, name, "plain")
    rows, failed = [{"settings": "defaults", "step ms": step_ms}], []
    resident, pinned, late, foreach = "batch_loading=resident", "batch_loading=pinned", "late_losses=true", "optimizer_step=foreach"
    graph = "step_graph=true"  # on a CPU there is none
    for settings in ((resident,), (pinned,), ("batch_loading=auto",), (late,), (pinned, late), (resident, late), (graph,), (resident, late, graph), (foreach,), (resident, late, foreach, graph)):
        found, step_ms = result_of(context, name, "-".join(settings), *(part for setting in settings for part in ("--set", f"execution.{setting}")))
        apart = max(abs(ours["train_loss"] - theirs["train_loss"]) / theirs["train_loss"] for ours, theirs in zip(found["losses"][:1], as_ever["losses"][:1]))
        rows.append({"settings": ", ".join(settings), "step ms": step_ms, "same bits": "yes" if found == as_ever else "no", "first epoch's loss apart by": apart})
        if found != as_ever if foreach not in settings else not apart < 1e-2:
            failed.append(", ".join(settings))
    if failed:
        raise Failed(f"unlike the defaults: {'; '.join(failed)}", {"trial": name, "settings of [execution]": rows})
    return {"trial": name, "settings of [execution]": rows}


def same_bits_resumed(context):
    said = context.run("python3", root / "tests/faults/resume_everywhere.py", "--bin", context.bin, "--shim", context.tests / "bin/libfault_shim.so",
                       "--device", context.device, "--jobs", 2, *(["--sample"] if context.short or not context.has_gpu else []))
    return {"seen": said.strip().splitlines()[-1]}


def same_bits_graph(context):
    said = context.run(context.tests / "model/cuda_plugin_tests", "--gtest_filter=Gpu.*")
    if "SKIPPED" in said:
        raise Failed("the test was skipped: " + said.strip().splitlines()[-1])
    return {}


def collectives(context):
    kinds = ["Gpus"] if context.has_gpu else ["Cpus"]
    said = context.run(context.tests / "model/model_replica_tests", f"--gtest_filter=*{kinds[0]}*:Replica*:*/Replicas.*")
    if not context.has_gpu:
        said += context.run(context.tests / "model/nccl_collective_tests")
    skipped = sorted(set(re.findall(r"^\[  SKIPPED \] (\S+) \(", said, re.M)))
    if context.has_gpu and any(name.endswith("Gpus_1") for name in skipped):
        raise Failed("NCCL was not tried, not even with one GPU")
    return {"passed": len(re.findall(r"^\[       OK \]", said, re.M)), "skipped": skipped}


def lack_of_memory(context):
    said = context.trial(label("stft", 1.0), context.sweep("large", model__first_filters=64, training__batch_size=56), "--max-batches", 1,
                         "--set", "execution.attention_implementation=reference", code=None)
    if "out of memory" not in said.lower() and "out_of_memory" not in said:
        raise Failed("a step that needs more memory than there is was not named so: " + said.strip()[-200:])
    return {"said": said.strip().splitlines()[-1][:300]}


def children(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    return found


def killed_and_rerun(context):
    """kill -9 of a run and of its trials, and the same command at once."""
    store = context.work / f"killed-{time.time_ns()}.db"
    sweep = context.sweep("killed", axes=False, repeats=2, model__first_filters=4, model__heads=2, model__dense_sizes=[16], training__max_epochs=4,
                          training__early_stopping=False, checkpoint__every=0.5, data__spectrogram="cqt")
    command = [context.bin / "attnsweep", "run", sweep, "--data", context.work / "shards", "--store", store, "--device", context.device]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 90
    while time.monotonic() < until and not list(pathlib.Path(f"{store}.d").glob("trials/*/attempt-1/checkpoint-*.ckpt")):
        time.sleep(0.1)
    trials = children(process.pid)
    for pid in [process.pid, *trials]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()
    began = time.monotonic()
    said = context.run(*command)
    done = json.loads(context.run(context.bin / "attnsweep", "query", "--store", store, "--columns", "label,status", "--format", "json"))
    if [row["status"] for row in done] != ["done", "done"]:
        raise Failed(f"after the rerun: {done}")
    return {"killed": f"the run and {len(trials)} trials", "rerun in s": time.monotonic() - began, "resumed": "resum" in said}


class MemoryWatch:
    """The most memory of GPU 0 that nvidia-smi shows while it lasts, above what was used before, in MB."""

    def __init__(self, context):
        self.process = subprocess.Popen(["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--loop-ms=100"],
                                        stdout=subprocess.PIPE, text=True) if context.has_gpu else None

    def end(self):
        if self.process is None:
            return None
        self.process.terminate()
        seen = [int(line) for line in self.process.communicate()[0].split() if line.isdigit()]
        return max(seen) - seen[0] if seen else None


def speed_of(context, sweep, kind, ratio, precision, batch, plan, peak):
    name = label(kind, ratio)
    watch = MemoryWatch(context)
    said = context.trial(name, sweep, "--profile", "--json", "--max-batches", 24 if context.has_gpu else 4,
                         "--set", f"training.precision={precision}", "--set", f"training.batch_size={batch}")
    seen_mb = watch.end()
    profile = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    step_s = profile["unobserved_ms"] / 1000
    row = {"network": f"{kind} {ratio:.0%}", "precision": precision, "batch": profile["batch_size"], "clips/s": profile["batch_size"] / step_s,
           "step ms": 1000 * step_s, "data ms": profile["data_ms"]}
    tflops = plan[(name, precision, batch)]["step_flops_per_sample"] * profile["batch_size"] / step_s / 1e12
    row["TFLOP/s"] = tflops
    if peak:
        row["of peak"] = f"{100 * tflops / peak[('float32', 'tf32', 'bfloat16').index(precision)]:.1f} %"
    kind_of_memory = ("expected_device_bytes", "peak_device_bytes") if context.has_gpu else ("expected_host_bytes", "peak_memory_bytes")
    expected, took = plan[(name, precision, batch)][kind_of_memory[0]], profile[kind_of_memory[1]]
    row |= {"expected MB": expected // 10**6, "took MB": took // 10**6, "expected / took": expected / took if took else "-"}
    if seen_mb:
        row["nvidia-smi MB"] = seen_mb
    return row


def peer_speed(context, kind, ratio, precision, batch, compiled=False):
    said = context.run(context.python, root / "tests/bench/training/pytorch_peer.py", "--bins", 1025 if kind == "stft" else 252, "--classes", 2, "--ratio", ratio,
                       "--first-filters", context.first_filters, "--batch", batch, "--batches", 20 if context.has_gpu else 2, "--threads", os.cpu_count() or 1,
                       "--device", context.device, "--precision", precision, *(["--compile"] if compiled else []), code=None)
    numbers = said.split()[-4:]
    try:
        return float(numbers[1])
    except (IndexError, ValueError):
        return said.strip().splitlines()[-1][:80] if said.strip() else "no output"


def planned(context, sweep, settings):
    """-> what `plan` says of each trial, by label, precision and batch size"""
    found = {}
    for precision, batch in settings:
        said = context.run(context.bin / "attnsweep", "plan", sweep, "--data", context.work / "shards", "--store", context.work / "none.db", "--format", "json",
                           "--set", f"training.precision={precision}", "--set", f"training.batch_size={batch}", "--set", f"execution.device={context.device}")
        found |= {(trial["label"], precision, batch): trial for trial in json.JSONDecoder().raw_decode(said, said.index("{"))[0]["trials"]}
    return found


def speed(context):
    sweep = context.sweep("speed", model__first_filters=context.first_filters)
    gpu = context.run("nvidia-smi", "--query-gpu=name", "--format=csv,noheader") if context.has_gpu else ""
    peak = next((numbers for name, numbers in PEAKS.items() if name in gpu), None)
    precisions = ("float32", "tf32", "bfloat16") if context.has_gpu else ("float32",)
    chosen = CONFIGURATIONS if context.has_gpu else [("stft", 0.0), ("cqt", 0.0), ("cqt", 0.25), ("cqt", 1.0)]
    cases = [(kind, ratio, precision, 16) for precision in precisions for kind, ratio in chosen]
    if context.short and context.has_gpu:
        cases = [case for case in cases if case[1] in (0.0, 0.25) or case[2] == "float32"]
    if context.has_gpu:
        cases += [(kind, ratio, "bfloat16", 128) for kind, ratio in (("cqt", 0.0), ("cqt", 0.25), ("stft", 0.0))]
    plan = planned(context, sweep, {case[2:] for case in cases})
    rows = []
    for kind, ratio, precision, batch in cases:
        try:
            rows.append(speed_of(context, sweep, kind, ratio, precision, batch, plan, peak))
        except Failed as failed:
            rows.append({"network": f"{kind} {ratio:.0%}", "precision": precision, "batch": batch, "clips/s": str(failed)[:120]})
        print(json.dumps({"figures": {"first filters": context.first_filters, "steps": rows}}), flush=True)  # what is there if the limit ends it
    if all(isinstance(row["clips/s"], str) for row in rows):
        raise Failed("no configuration could be timed", {"steps": rows})
    return {"first filters": context.first_filters, "GPU": gpu.strip() or "none", "steps": rows}


def launches(context):
    precisions = ("float32", "bfloat16") if context.has_gpu else ("float32",)
    rows = []
    for kind, ratio in CONFIGURATIONS:
        for precision in precisions:
            said = context.run(context.tests / "bin/launches_of_a_step", context.device, kind, ratio, precision, context.first_filters if context.has_gpu else 2, 16 if context.has_gpu else 2)
            rows.append({"network": f"{kind} {ratio:.0%}", "precision": precision, **json.loads(next(line for line in said.splitlines() if line.startswith("{")))})
    if context.has_gpu and not all(row["launches"] > 0 for row in rows):
        raise Failed("the profiler counts no launches", {"of one step": rows})
    return {"of one step": rows}


def beside_pytorch(context):
    try:
        has_torch = subprocess.run([context.python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError as error:
        raise Failed(f"--python {context.python}: {error.strerror}")
    if not has_torch:
        raise NotRun(f"{context.python} has no torch: --python names one that has")
    sweep = context.sweep("beside", model__first_filters=context.first_filters)
    rows = []
    for kind, ratio in (("cqt", 0.0), ("cqt", 0.25)) if context.short or not context.has_gpu else CONFIGURATIONS:
        profile = json.loads(next(line for line in context.trial(label(kind, ratio), sweep, "--profile", "--json", "--max-batches", 24 if context.has_gpu else 4)
                                  .splitlines() if line.startswith("{")))
        row = {"network": f"{kind} {ratio:.0%}", "clips/s": profile["batch_size"] / profile["unobserved_ms"] * 1000,
               "PyTorch, eager": peer_speed(context, kind, ratio, "float32", 16)}
        if context.has_gpu and not context.short and (kind, ratio) in (("cqt", 0.0), ("cqt", 0.25)):
            row["PyTorch, compiled"] = peer_speed(context, kind, ratio, "float32", 16, compiled=True)
        rows.append(row)
    return {"float32, batch 16": rows}


def several_trials(context):
    """1, 2 and 4 trials on one GPU, without and with MPS."""
    rows = []
    for mps in (False, True):
        if mps and not shutil.which("nvidia-cuda-mps-control"):
            rows.append({"MPS": "there is no nvidia-cuda-mps-control"})
            continue
        env = {"CUDA_MPS_PIPE_DIRECTORY": str(context.work / "mps"), "CUDA_MPS_LOG_DIRECTORY": str(context.work / "mps")} if mps else {}
        if mps:
            (context.work / "mps").mkdir(exist_ok=True)
            context.run("nvidia-cuda-mps-control", "-d", env=env)
        try:
            for at_once in (1, 2, 4):
                sweep = context.sweep(f"shared-{at_once}", axes=False, repeats=4, data__spectrogram="cqt", training__max_epochs=6, training__early_stopping=False)
                began = time.monotonic()
                context.run(context.bin / "attnsweep", "run", sweep, "--data", context.work / "shards", "--store", context.work / f"shared-{time.time_ns()}.db",
                            "--device", "cuda", "--slots-per-device", at_once, env=env | {"CUDA_VISIBLE_DEVICES": "0"})
                rows.append({"MPS": "yes" if mps else "no", "trials at once": at_once, "4 trials in s": time.monotonic() - began})
        finally:
            if mps:
                context.run("sh", "-c", "echo quit | nvidia-cuda-mps-control", env=env, code=None)
    return {"4 CQT trials of 6 epochs": rows}


@dataclass
class Step:
    name: str
    what: str
    needs: str  # "": what every machine has
    short_s: float  # its limit in the short form
    long_s: float
    action: Callable
    is_preparation: bool = False


# In the order in which they are worth having: the short form may end before the last.
TABLE = [
    Step("prepare", "a data set of tones in the paper's geometry", "", 60, 300, prepare, True),
    Step("identity", "device, driver, libraries, plugin", "", 60, 300, identity),
    Step("load_order", "CUDA is loaded before the first operator, and a negative control", "GPU", 60, 120, load_order),
    Step("golden_files", "layers and networks computed by the authors' Keras code", "", 90, 600, golden_files),
    Step("ten_configurations", "outputs, gradients and six steps against float64 on the CPU", "", 150, 7200, ten_configurations),
    Step("attention_forms", "each way to compute attention against float64 on the CPU", "", 60, 3600, attention_forms),
    Step("same_bits_twice", "two runs of a trial give the same bits", "", 60, 3600, same_bits_twice),
    Step("settings_of_a_step", "resident or pinned batches, late losses, an optimizer on lists: the same results", "", 180, 3600, settings_of_a_step),
    Step("same_bits_graph", "a captured step gives the bits of an eager one", "GPU", 60, 120, same_bits_graph),
    Step("killed_and_rerun", "kill -9 of a run and its trials, and the same command at once", "", 120, 600, killed_and_rerun),
    Step("lack_of_memory", "a step that needs too much memory is named so", "GPU", 60, 120, lack_of_memory),
    Step("collectives", "the contract of Collective: NCCL on GPUs, memory on CPUs", "", 90, 900, collectives),
    Step("speed", "clips a second, share of the peak, expected and seen memory: ten configurations", "", 120, 7200, speed),
    Step("launches", "operators, launches and kernels of a step, eager: ten configurations", "", 60, 900, launches),
    Step("same_bits_resumed", "trials interrupted everywhere end with the same bits", "", 180, 7200, same_bits_resumed),
    Step("beside_pytorch", "the same networks in PyTorch", "", 120, 7200, beside_pytorch),
    Step("several_trials", "1, 2 and 4 trials on a GPU, without and with MPS", "GPU, long form", 0, 7200, several_trials),
]


def why_not(step, options):
    """-> why this step is not run here; "": it is"""
    if step.needs.startswith("GPU") and options.device != "cuda":
        return "it needs a GPU"
    if "long form" in step.needs and options.short:
        return "only in the long form"
    return ""
