"""What tests/gpu/check.sh runs: each step of steps.py in a process group of its own, under a limit of its own; then the report.

A step that fails, or takes too long, is ended and the others go on. `check.py --step NAME` is such a process: it ends with a line of
JSON, {"figures": {...}} or {"failed": "why"} or {"not_run": "why"}.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import context
import report
import steps

here = pathlib.Path(__file__).resolve()
SHORT_S = 480  # of the short form, on a GPU
CPU_IS_SLOWER = 5


def last_json(text):
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                continue
    return None


def run_step(step, options, limit_s):
    """-> what became of it: {"status": passed | failed | not run, "why", "figures", "seconds"}"""
    began = time.monotonic()
    log = options.out / f"{step.name}.log"
    command = [sys.executable, "-B", str(here), "--step", step.name, "--device", options.device, "--out", str(options.out)]
    command += ["--python", options.python] + ["--short"] * options.short
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            code = None
        try:
            os.killpg(process.pid, signal.SIGKILL)  # also what it left running
        except ProcessLookupError:
            pass
        process.wait()
    seconds = round(time.monotonic() - began, 1)
    said = log.read_text(errors="replace")
    answer = last_json(said) or {}
    outcome = {"name": step.name, "what": step.what, "seconds": seconds, "figures": answer.get("figures", {})}
    if code is None:
        return outcome | {"status": "failed", "why": f"not done within its limit of {limit_s:.0f} s"}
    if "not_run" in answer:
        return outcome | {"status": "not run", "why": answer["not_run"]}
    if code != 0 or "failed" in answer:
        last = said.splitlines()[-1][:300] if said.splitlines() else "it says nothing"
        return outcome | {"status": "failed", "why": answer.get("failed", f"exit code {code}: {last}")}
    return outcome | {"status": "passed", "why": ""}


def not_run(step, why):
    return {"name": step.name, "what": step.what, "seconds": 0, "figures": {}, "status": "not run", "why": why}


def do_step(name, options):
    step = next(step for step in steps.TABLE if step.name == name)
    try:
        answer = {"figures": step.action(context.Context(options)) or {}}
    except context.Failed as failed:
        answer = {"failed": str(failed), "figures": failed.figures}
    except context.NotRun as reason:
        answer = {"not_run": str(reason)}
    print(json.dumps(answer), flush=True)
    return 1 if "failed" in answer else 0


def main():
    parser = argparse.ArgumentParser(usage="tests/gpu/check.sh [OPTIONS]; its first lines explain them")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if context.gpu_is_here() else "cpu")
    parser.add_argument("--out", type=pathlib.Path, default="gpu-check")
    parser.add_argument("--only", default="")
    parser.add_argument("--python", default="python3")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.out = options.out.resolve()
    if options.list:
        for step in steps.TABLE:
            print(f"{step.name:<22} {step.what}" + (f" (needs {step.needs})" if step.needs else ""))
        return 0
    if options.step:
        return do_step(options.step, options)
    only = [name for name in options.only.split(",") if name]
    if unknown := [name for name in only if name not in {step.name for step in steps.TABLE}]:
        parser.error(f"--only {unknown[0]}: there is no such step; --list shows them")
    options.out.mkdir(parents=True, exist_ok=True)
    began, outcomes = time.monotonic(), []
    chosen = [step for step in steps.TABLE if not only or step.name in only or step.is_preparation]
    for number, step in enumerate(chosen, 1):
        left_s = SHORT_S - (time.monotonic() - began) if options.short and options.device == "cuda" else float("inf")
        why_not = steps.why_not(step, options)
        if not why_not and left_s < 5:
            why_not = f"the short form's {SHORT_S // 60} minutes are over; tests/gpu/check.sh --only {step.name} runs it"
        if why_not:
            outcome = not_run(step, why_not)
        else:
            limit_s = (step.short_s if options.short else step.long_s) * (CPU_IS_SLOWER if options.device == "cpu" else 1)
            outcome = run_step(step, options, min(limit_s, left_s))
        outcomes.append(outcome)
        print(f"{outcome['status']:<8} {step.name} ({outcome['seconds']} s) {outcome['why']}", flush=True)
        # After each step, so that a machine that is taken away leaves what was found.
        to_come = [not_run(later, "the check was ended before it") for later in chosen[number:]]
        report.write(options, outcomes + to_come, time.monotonic() - began)
    print(f"{options.out}/report.md")
    return 1 if any(outcome["status"] == "failed" for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
