"""Runs everything docs/results-store.md shows, on a store made from schema.sql: results_store_document.py SOURCE_DIR.

The pandas lines run where pandas is installed; else it is said that they were not."""
import json
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1])
document = (source / "docs/results-store.md").read_text()
schema = (source / "store/schema.sql").read_text()


def fill(store):
    store.executescript(schema)
    store.execute("INSERT INTO sweeps VALUES (1, 'paper')")
    store.execute("INSERT INTO revisions VALUES (1, 1, 1, 1, 'f', '', 'paper.toml', '{}', '[]', '{}', '/shards', '2024-01-02T03:04:05Z')")
    split = [(10 * i, i // 5, i // 10) for i in range(20)]
    store.execute("INSERT INTO splits VALUES ('s', '[\"oboe\", \"tuba\"]', 70, 10, 20, '[40, 40]', '[10, 10]', ?)",
                  [b"".join(struct.pack("<3I", *clip) for clip in split)])
    for number, (label, outcome) in enumerate([("cqt-r25-s1", "done"), ("cqt-r25-s2", "done"), ("stft-r0-s1", "failed"),
                                               ("stft-r0-s2", None)], 1):
        spec = {"data": {"spectrogram": label.split("-")[0]}, "model": {"attention_ratio": 0.25}, "training": {"patience": 15}}
        store.execute("INSERT INTO trials (trial_id, spec) VALUES (?, ?)", [label, json.dumps(spec)])
        store.execute("INSERT INTO revision_trials VALUES (1, ?, ?, ?, ?, ?)",
                      [number, label, label, label[:-3], int(label[-1])])
        if outcome is None:
            continue
        execution = {"device_name": "a processor", "compiler": "g++ 12", "libtorch_version": "2.11.0", "attnsweep_version": "0.1.0"}
        store.execute("INSERT INTO attempts (attempt_id, trial_id, number, host, device, started_at, outcome, failure_kind, "
                      "failure_message, execution, duration_s, split_digest) VALUES (?, ?, 1, 'node1', 'cpu', "
                      "'2024-01-02T03:04:05Z', ?, ?, ?, ?, 60, 's')",
                      [number, label, outcome, "nan" if outcome == "failed" else None,
                       "loss is nan" if outcome == "failed" else None, json.dumps(execution)])
        if outcome != "done":
            continue
        store.execute("UPDATE trials SET done_attempt_id = ? WHERE trial_id = ?", [number, label])
        store.execute("INSERT INTO epochs VALUES (?, 1, 2, 0.3, 2, 0.3, 1)", [number])
        for weights in ("last", "best"):
            store.execute("INSERT INTO evaluations VALUES (?, ?, 1, 0.5, 0.85, 0.8, 0.8, 0.85, 0.8, 0.8, 1.0, '[[9, 1], [2, 8]]')",
                          [number, weights])
        said = [(truth, 1, 0.75) for _, _, truth in split]
        store.execute("INSERT INTO predictions VALUES (?, ?, NULL)",
                      [number, b"".join(struct.pack("<2Hf", *clip) for clip in said)])
    store.commit()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    store = sqlite3.connect("results.db")
    fill(store)
    queries = re.findall(r"```sql\n(.*?)```", document, re.S)
    assert len(queries) == 10, f"{len(queries)} queries in docs/results-store.md, ten are promised"
    for query in queries:
        rows = store.execute(query).fetchall()
        assert rows, f"no rows from:\n{query}"
    recalls = dict(store.execute(queries[8]).fetchall())
    assert recalls == {"oboe": 0.9, "tuba": 0.8}, recalls
    tables = {name for (name,) in store.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}
    for name in tables:
        assert re.search(rf"\b{name}\b", document), f"docs/results-store.md does not tell of {name}"
    for line in re.findall(r"^    [a-z_]+ +[A-Z]+ .*$", schema.split("CREATE VIEW")[0], re.M):
        assert "--" in line, f"schema.sql: a column without a comment: {line.strip()}"
    store.close()
    for program in re.findall(r"```python\n(.*?)```", document, re.S):
        if "pandas" in program and subprocess.run([sys.executable, "-c", "import pandas"], capture_output=True).returncode:
            print("pandas is not installed: its five lines were not run")
            continue
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert ran.returncode == 0 and ran.stdout, ran.stderr
