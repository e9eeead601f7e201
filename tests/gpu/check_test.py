"""tests/gpu/check.sh against the CPU: a step that passes, one that needs a GPU, one that fails, one over its limit; the others go on, and
the report names each. check_test.py SOURCE_FOLDER BUILD_FOLDER"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1])
os.environ["BUILD"] = sys.argv[2]
sys.path.insert(0, str(source / "tests/gpu/check"))
import check
import report
import steps

problems = []


def expect(condition, what):
    if not condition:
        problems.append(what)


with tempfile.TemporaryDirectory(prefix="attnsweep-check-") as folder:
    out = pathlib.Path(folder) / "out"
    done = subprocess.run([source / "tests/gpu/check.sh", "--short", "--device", "cpu", "--out", out, "--only", "identity,load_order,beside_pytorch",
                           "--python", "/nowhere/python"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = {step["name"]: step for step in json.loads((out / "report.json").read_text())["steps"]}
    expect(found["prepare"]["status"] == "passed" and found["identity"]["status"] == "passed", f"prepare and identity: {done.stdout}")
    expect(found["identity"]["figures"].get("libtorch", "").startswith("2."), f"identity's figures: {found['identity']}")
    expect((found["load_order"]["status"], found["load_order"]["why"]) == ("not run", "it needs a GPU"), f"load_order: {found['load_order']}")
    expect(found["beside_pytorch"]["status"] == "failed", "a --python that is not there is a failure")
    expect(done.returncode == 1, f"exit code {done.returncode} where a step failed")
    text = (out / "report.md").read_text()
    expect("2 steps passed, 1 failed, 1 not run" in text and "| load_order |" in text, f"the report: {text}")

    # Steps of the test's own, by the same driver.
    class Options:
        short, device, python = True, "cpu", "python3"
    Options.out = out
    driver = out / "driver.py"
    driver.write_text(f"""import sys, time
sys.path.insert(0, {str(source / 'tests/gpu/check')!r})
import check, steps
def hang(context):
    print('{{"figures": {{"half": 1}}}}', flush=True)
    time.sleep(600)
def crash(context):
    raise RuntimeError("a mistake in a step")
def fail(context):
    raise steps.Failed("too far", {{"difference": 2.5}})
steps.TABLE = [steps.Step(name, "", "", 1, 1, action) for name, action in (("hang", hang), ("crash", crash), ("fail", fail))]
sys.exit(check.main())
""")
    check.here = driver
    outcomes = [check.run_step(steps.Step(name, "", "", 1, 1, None), Options, limit) for name, limit in (("hang", 2), ("crash", 60), ("fail", 60))]
    hang, crash, fail = outcomes
    expect(hang["status"] == "failed" and "not done within its limit of 2 s" in hang["why"], f"hang: {hang}")
    expect(hang["figures"] == {"half": 1}, f"what it had found is kept: {hang}")
    expect(crash["status"] == "failed" and "a mistake in a step" in crash["why"], f"crash: {crash}")
    expect(fail["status"] == "failed" and fail["why"] == "too far" and fail["figures"] == {"difference": 2.5}, f"fail: {fail}")
    report.write(Options, outcomes, 3)
    expect("- difference: 2.5" in (out / "report.md").read_text(), "figures of a failed step are in the report")

    unknown = subprocess.run([source / "tests/gpu/check.sh", "--only", "nonsense"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    expect(unknown.returncode == 2 and "nonsense: there is no such step" in unknown.stdout, f"unknown step: {unknown.stdout}")

for problem in problems:
    print("error:", problem)
sys.exit(1 if problems else 0)
