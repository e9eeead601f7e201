"""Makes every trial of a store done: one attempt, ten epochs, both evaluations. Benches fill their stores by it."""
import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
trials = [row[0] for row in connection.execute("SELECT trial_id FROM trials ORDER BY trial_id")]
if not trials:
    sys.exit(f"{sys.argv[1]} has no trials")
names = json.loads(connection.execute("SELECT data FROM revisions").fetchone()[0])["classes"]
classes = len(names)
confusion = json.dumps([[9 if row == column else 1 for column in range(classes)] for row in range(classes)])
connection.execute("INSERT INTO splits (split_digest, classes, train_clips, validation_clips, test_clips, train_clips_per_class, "
                   "test_clips_per_class) VALUES ('split', ?, ?, 0, ?, ?, ?)",
                   (json.dumps(names), 80 * classes, (classes + 8) * classes, json.dumps([80] * classes), json.dumps([classes + 8] * classes)))
execution = json.dumps({"attnsweep_version": "0.1.0 (0123456789ab)", "compiler": "GNU 12.2.0", "cpu_features": "AVX512", "device": "cpu",
                        "device_name": "a processor of some kind", "host": "bench", "libtorch_version": "2.11.0", "mixed": False, "threads": 1})
for number, trial in enumerate(trials, start=1):
    accuracy = 0.5 + number % 1000 / 2500
    connection.execute(
        "INSERT INTO attempts (attempt_id, trial_id, number, host, device, started_at, ended_at, outcome, duration_s, parameters, epochs, "
        "best_epoch, stopped_early, split_digest, folder, execution) VALUES (?, ?, 1, 'bench', 'cpu', '2026-01-01T00:00:00Z', "
        "'2026-01-01T00:10:00Z', 'done', 600, 1000, 10, 9, 0, 'split', ?, ?)",
        (number, trial, f"trials/{trial}/attempt-1", execution))
    connection.executemany("INSERT INTO epochs (attempt_id, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, "
                           "duration_s) VALUES (?, ?, 1, 0.5, 1, 0.5, 60)", [(number, epoch) for epoch in range(1, 11)])
    for weights in ("last", "best"):
        connection.execute("INSERT INTO evaluations (attempt_id, weights, epoch, loss, accuracy, precision_macro, recall_macro, f1_micro, "
                           "f1_macro, f1_class_mean, balanced_accuracy, cohen_kappa, confusion) VALUES (?, ?, 10, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           (number, weights, *[accuracy] * 8, confusion))
    connection.execute("UPDATE trials SET done_attempt_id = ? WHERE trial_id = ?", (number, trial))
connection.commit()
