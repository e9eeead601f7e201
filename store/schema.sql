-- The results store, version 5. Embedded in the program at build; migrations.cpp brings older stores here.
-- Metrics are defined in configs/metrics.cpp. Each metric not named here gets a column at the end of `evaluations` (REAL, NULL if
-- unknown or undefined), and in the views the text in /*+ */ is repeated for it (metric_columns.cpp).
-- Times are UTC, ISO 8601. Accuracies and metrics are in 0..1, Cohen's kappa in -1..1. JSON is text. `sqlite3 results.db` and the two views at the
-- end are meant for people.

-- A sweep by name: what a sweep file describes.
CREATE TABLE sweeps (
    sweep_id INTEGER PRIMARY KEY,  -- internal number
    name     TEXT NOT NULL UNIQUE  -- the sweep file's name for itself
) STRICT;

-- A sweep as it stood at one `run`: an edited sweep file, other settings or other data make a new one.
CREATE TABLE revisions (
    revision_id    INTEGER PRIMARY KEY,                            -- internal number
    sweep_id       INTEGER NOT NULL REFERENCES sweeps (sweep_id),  -- of which sweep
    number         INTEGER NOT NULL,                               -- 1, 2, ... within the sweep
    sequence       INTEGER NOT NULL UNIQUE,                        -- raised when it is run again: the highest is the newest
    fingerprint    TEXT NOT NULL,                                  -- SHA-256 of settings, data digests and trials
    description    TEXT NOT NULL,                                  -- the sweep file's words
    path           TEXT NOT NULL,                                  -- the sweep file
    canonical_text TEXT NOT NULL,                                  -- its resolved settings, JSON
    overrides      TEXT NOT NULL,                                  -- each --set as given, JSON list
    data           TEXT NOT NULL,                                  -- data set: geometry, classes, clips; JSON
    data_path      TEXT NOT NULL,                                  -- the data set's folder when it was last run
    created_at     TEXT NOT NULL,                                  -- when it was first recorded
    UNIQUE (sweep_id, number),
    UNIQUE (sweep_id, fingerprint)
) STRICT;

-- A trial: one network trained once. Its id hashes its content, so sweeps share it.
CREATE TABLE trials (
    trial_id        TEXT PRIMARY KEY,                            -- 16 hex digits
    spec            TEXT NOT NULL,                               -- every setting that changes its mathematics, resolved; JSON
    done_attempt_id INTEGER REFERENCES attempts (attempt_id),    -- the attempt whose result counts: the first that was done
    spectrogram     TEXT AS (json_extract(spec, '$.data.spectrogram')) STORED,      -- stft or cqt
    scale           TEXT AS (json_extract(spec, '$.data.scale')) STORED,            -- magnitude, power, decibel
    normalisation   TEXT AS (json_extract(spec, '$.data.normalisation')) STORED,    -- none, clip_max, clip_standard
    split           TEXT AS (json_extract(spec, '$.data.split')) STORED,            -- clip, group, manifest
    attention_ratio REAL AS (json_extract(spec, '$.model.attention_ratio')) STORED, -- share of filters given to attention
    heads           INTEGER AS (json_extract(spec, '$.model.heads')) STORED,        -- attention heads
    first_filters   INTEGER AS (json_extract(spec, '$.model.first_filters')) STORED, -- filters of block 1
    blocks          INTEGER AS (json_extract(spec, '$.model.blocks')) STORED,       -- convolution blocks
    optimizer       TEXT AS (json_extract(spec, '$.training.optimizer')) STORED,    -- adagrad, ...
    learning_rate   REAL AS (json_extract(spec, '$.training.learning_rate')) STORED, -- of the optimizer
    batch_size      INTEGER AS (json_extract(spec, '$.training.batch_size')) STORED, -- clips
    max_epochs      INTEGER AS (json_extract(spec, '$.training.max_epochs')) STORED, -- where training ends at the latest
    precision       TEXT AS (json_extract(spec, '$.training.precision')) STORED,    -- float32, tf32, bfloat16
    seed_split      INTEGER AS (json_extract(spec, '$.seed.split')) STORED,         -- which clips are for testing
    seed_init       INTEGER AS (json_extract(spec, '$.seed.init')) STORED,          -- first weights
    seed_order      INTEGER AS (json_extract(spec, '$.seed.order')) STORED,         -- order of the batches
    data_digest     TEXT AS (json_extract(spec, '$.data_set.digest')) STORED        -- of the spectrograms' sources
);

-- Which trials a revision consists of, and what it calls them.
CREATE TABLE revision_trials (
    revision_id   INTEGER NOT NULL REFERENCES revisions (revision_id),  -- the revision
    position      INTEGER NOT NULL,                                     -- order within the sweep, from 0
    trial_id      TEXT NOT NULL REFERENCES trials (trial_id),           -- the trial
    label         TEXT NOT NULL,                                        -- readable name: cqt-r25-s1
    configuration TEXT NOT NULL,                                        -- label without the repeat: averaged together
    repeat        INTEGER NOT NULL,                                     -- 1, 2, ...
    PRIMARY KEY (revision_id, position),
    UNIQUE (revision_id, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_trials_by_trial ON revision_trials (trial_id);

-- A split of a data set, once: trials that share it name its digest.
CREATE TABLE splits (
    split_digest          TEXT PRIMARY KEY,  -- SHA-256 of the three lists of clips, their labels and the classes
    classes               TEXT NOT NULL,     -- names, JSON list
    train_clips           INTEGER NOT NULL,  -- clips trained on
    validation_clips      INTEGER NOT NULL,  -- clips that decide when to stop
    test_clips            INTEGER NOT NULL,  -- clips the metrics are of
    train_clips_per_class TEXT NOT NULL,     -- validation included, in the order of classes; JSON list
    test_clips_per_class  TEXT NOT NULL,     -- in the order of classes; JSON list
    test_set              BLOB               -- a test clip after another, 12 bytes each: its number in the data set, its
                                             -- group (a recording and its copies), its class: each an unsigned
                                             -- little-endian 32-bit number; NULL: not kept
) STRICT;

-- An attempt at a trial: one after each failure or lost process.
CREATE TABLE attempts (
    attempt_id        INTEGER PRIMARY KEY,                      -- internal number
    trial_id          TEXT NOT NULL REFERENCES trials (trial_id), -- of which trial
    number            INTEGER NOT NULL,                         -- 1, 2, ...
    host              TEXT NOT NULL,                            -- machine
    device            TEXT NOT NULL,                            -- cpu, cuda:0
    started_at        TEXT NOT NULL,                            -- when it began
    ended_at          TEXT,                                     -- when its end was recorded; NULL while it runs
    outcome           TEXT CHECK (outcome IN ('done', 'failed', 'drained', 'interrupted')),  -- NULL while it runs
    failure_kind      TEXT,                                     -- error, signal, out_of_memory, nan, hang, device
    failure_message   TEXT,                                     -- in words
    failure_signal    INTEGER,                                  -- number of the signal that ended it
    mixed             INTEGER NOT NULL DEFAULT 0,               -- 1: resumed under other settings than it began
    execution         TEXT,                                     -- settings under which equal trials give equal bits; JSON
    duration_s        REAL,                                     -- over all attempts; NULL: not known, as the next two
    peak_memory_bytes INTEGER,                                  -- of the process
    parameters        INTEGER,                                  -- trainable
    epochs            INTEGER NOT NULL DEFAULT 0,               -- last epoch recorded
    best_epoch        INTEGER,                                  -- where the monitored value was best
    stopped_early     INTEGER,                                  -- 1: patience ran out before max_epochs
    split_digest      TEXT REFERENCES splits (split_digest),    -- the split it used
    folder            TEXT,                                     -- its files, relative to the store's .d folder
    attnsweep_version TEXT AS (json_extract(execution, '$.attnsweep_version')) VIRTUAL, -- and commit
    compiler          TEXT AS (json_extract(execution, '$.compiler')) VIRTUAL,          -- that built the trial program
    libtorch_version  TEXT AS (json_extract(execution, '$.libtorch_version')) VIRTUAL,  -- it was linked with
    cpu_features      TEXT AS (json_extract(execution, '$.cpu_features')) VIRTUAL,      -- libtorch used: AVX2, AVX512
    threads           INTEGER AS (json_extract(execution, '$.threads')) VIRTUAL,        -- it computed with
    device_name       TEXT AS (json_extract(execution, '$.device_name')) VIRTUAL,       -- the processor or GPU
    UNIQUE (trial_id, number)
) STRICT;

-- Each epoch of an attempt.
CREATE TABLE epochs (
    attempt_id          INTEGER NOT NULL REFERENCES attempts (attempt_id),  -- of which attempt
    epoch               INTEGER NOT NULL,                                   -- from 1
    train_loss          REAL,                                               -- running mean over the epoch's batches
    train_accuracy      REAL,                                               -- running mean over the epoch's batches
    validation_loss     REAL,                                               -- after the epoch
    validation_accuracy REAL,                                               -- after the epoch
    duration_s          REAL,                                               -- validation included
    PRIMARY KEY (attempt_id, epoch)
) STRICT, WITHOUT ROWID;

-- The test set under the last and under the best weights.
CREATE TABLE evaluations (
    attempt_id      INTEGER NOT NULL REFERENCES attempts (attempt_id),  -- of which attempt
    weights         TEXT NOT NULL CHECK (weights IN ('last', 'best')),  -- which weights
    epoch           INTEGER NOT NULL,                                   -- after which epoch they stood
    loss            REAL,                                               -- cross-entropy
    accuracy        REAL NOT NULL,                                      -- right clips / clips
    precision_macro REAL NOT NULL,                                      -- mean of the classes' precision
    recall_macro    REAL NOT NULL,                                      -- mean of the classes' recall
    f1_micro        REAL NOT NULL,                                      -- equals accuracy where a clip has one class
    f1_macro        REAL NOT NULL,                                      -- the paper's: harmonic mean of the two macro means
    f1_class_mean   REAL,                                               -- mean of the classes' F1; NULL: not published
    top3_accuracy   REAL,                                               -- clips whose class is among the three likeliest
                                                                        -- / clips; NULL: predictions were not kept
    confusion       TEXT NOT NULL,                                      -- rows true, columns predicted, clips; JSON
    PRIMARY KEY (attempt_id, weights)
) STRICT, WITHOUT ROWID;

-- What a done attempt said of each test clip, in the order of splits.test_set, 8 bytes each: the class predicted and the
-- place of the true class by probability (1: it is the one predicted), unsigned little-endian 16-bit numbers; the
-- probability of the class predicted, a little-endian 32-bit floating-point number. No row: not kept.
CREATE TABLE predictions (
    attempt_id INTEGER PRIMARY KEY REFERENCES attempts (attempt_id),  -- of which attempt
    last       BLOB NOT NULL,                                         -- under the last weights
    best       BLOB                                                   -- under the best; NULL: they are the last
) STRICT;

-- What people said of sweeps and trials beside their settings: whether they are hidden, tags, notes. The newest of each, as the
-- files in results.db.d/annotations/ say. None changes a trial's identity.
CREATE TABLE annotations (
    sweep       TEXT NOT NULL,  -- name of the sweep; '': of a trial
    fingerprint TEXT NOT NULL,  -- of its revision (revisions.fingerprint); '': of all
    trial_id    TEXT NOT NULL,  -- of the trial, in all sweeps; '': of a sweep
    kind        TEXT NOT NULL CHECK (kind IN ('hidden', 'tag', 'note')),  -- what it says
    key         TEXT NOT NULL,  -- a tag's name; otherwise ''
    value       TEXT NOT NULL,  -- a tag's value, a note's text ('': removed); hidden: '1' or '0'
    name        TEXT NOT NULL,  -- of the file; later ones come after earlier ones
    author      TEXT NOT NULL,  -- user@host
    made_at     TEXT NOT NULL,  -- when
    PRIMARY KEY (sweep, fingerprint, trial_id, kind, key)
) STRICT, WITHOUT ROWID;

-- One row a revision: its tags (JSON) and its note.
CREATE VIEW revision_annotations AS
SELECT revisions.revision_id,
       (SELECT nullif(json_group_object(key, CASE WHEN CAST(CAST(value AS NUMERIC) AS TEXT) = value
                                             THEN CAST(value AS NUMERIC) ELSE value END), '{}')
        FROM annotations WHERE annotations.sweep = sweeps.name AND annotations.fingerprint = revisions.fingerprint
        AND annotations.trial_id = '' AND kind = 'tag' AND value <> '') AS tags,
       (SELECT nullif(value, '') FROM annotations WHERE annotations.sweep = sweeps.name
        AND annotations.fingerprint = revisions.fingerprint AND annotations.trial_id = '' AND kind = 'note' AND key = '') AS note
FROM revisions JOIN sweeps USING (sweep_id);

-- One row a trial and sweep, as the newest revision that has it names it; `current` 1 where that is the sweep's newest.
CREATE VIEW trial_overview AS
WITH entries AS (
    -- SQLite takes the bare columns from the row that has the maximum.
    SELECT revisions.sweep_id, revisions.number AS revision, max(revisions.sequence) AS sequence,
           revisions.revision_id, trial_id, label, configuration, repeat, position
    FROM revision_trials JOIN revisions USING (revision_id)
    GROUP BY revisions.sweep_id, trial_id
), newest AS (
    SELECT sweep_id, max(sequence) AS sequence FROM revisions GROUP BY sweep_id
), last_attempts AS (
    SELECT attempt_id, trial_id, max(number) AS number, outcome FROM attempts GROUP BY trial_id
)
SELECT sweeps.name AS sweep, entries.revision, entries.sequence = newest.sequence AS current, entries.label,
       entries.configuration, entries.repeat,
       CASE WHEN trials.done_attempt_id IS NOT NULL THEN 'done'
            WHEN last_attempts.attempt_id IS NULL THEN 'pending'
            WHEN last_attempts.outcome IS NULL THEN 'running'
            WHEN last_attempts.outcome = 'failed' THEN 'failed'
            ELSE 'pending' END AS status,
       trials.spectrogram, trials.attention_ratio, last.accuracy, last.precision_macro, last.recall_macro, last.f1_micro,
       last.f1_macro, last.f1_class_mean, last.top3_accuracy, /*+ last.METRIC, */ last.loss,
       last_epoch.validation_accuracy, last_epoch.validation_loss,
       best.accuracy AS best_accuracy, best.precision_macro AS best_precision_macro,
       best.recall_macro AS best_recall_macro, best.f1_micro AS best_f1_micro, best.f1_macro AS best_f1_macro,
       best.f1_class_mean AS best_f1_class_mean, best.top3_accuracy AS best_top3_accuracy,
       /*+ best.METRIC AS best_METRIC, */ best.loss AS best_loss,
       best_epoch.validation_accuracy AS best_validation_accuracy, best_epoch.validation_loss AS best_validation_loss,
       attempts.epochs, attempts.best_epoch, attempts.stopped_early, attempts.parameters, attempts.duration_s,
       attempts.peak_memory_bytes,
       trials.scale, trials.normalisation, trials.split, trials.heads, trials.first_filters, trials.blocks,
       trials.optimizer, trials.learning_rate, trials.batch_size, trials.max_epochs, trials.precision,
       trials.seed_split, trials.seed_init, trials.seed_order,
       coalesce(last_attempts.number, 0) AS attempts, attempts.host, attempts.device, attempts.mixed,
       attempts.device_name, attempts.threads, attempts.cpu_features, attempts.attnsweep_version, attempts.compiler,
       attempts.libtorch_version,
       attempts.started_at, attempts.ended_at, attempts.failure_kind, attempts.failure_signal, attempts.failure_message,
       -- Of the trial or its sweep. Each is one look-up by the whole key.
       EXISTS (SELECT 1 FROM annotations WHERE sweep = '' AND fingerprint = '' AND annotations.trial_id = trials.trial_id
               AND kind = 'hidden' AND key = '' AND value = '1')
       OR EXISTS (SELECT 1 FROM annotations WHERE annotations.sweep = sweeps.name AND fingerprint = ''
                  AND annotations.trial_id = '' AND kind = 'hidden' AND key = '' AND value = '1') AS hidden,
       said.tags, said.note,
       trials.trial_id, trials.data_digest, attempts.split_digest, attempts.folder, trials.spec, entries.position
FROM entries
JOIN sweeps USING (sweep_id)
JOIN newest USING (sweep_id)
JOIN trials USING (trial_id)
JOIN revision_annotations AS said ON said.revision_id = entries.revision_id
LEFT JOIN last_attempts USING (trial_id)
LEFT JOIN attempts ON attempts.attempt_id = coalesce(trials.done_attempt_id, last_attempts.attempt_id)
LEFT JOIN evaluations AS last ON last.attempt_id = trials.done_attempt_id AND last.weights = 'last'
LEFT JOIN evaluations AS best ON best.attempt_id = trials.done_attempt_id AND best.weights = 'best'
LEFT JOIN epochs AS last_epoch ON last_epoch.attempt_id = last.attempt_id AND last_epoch.epoch = last.epoch
LEFT JOIN epochs AS best_epoch ON best_epoch.attempt_id = best.attempt_id AND best_epoch.epoch = best.epoch;

-- One row a configuration of each sweep's newest revision: mean and sample standard deviation over the repeats done and not hidden.
-- f1_macro as the paper's: the harmonic mean of the two averages beside it.
CREATE VIEW configuration_summary AS
WITH means AS (
    SELECT sweep, configuration, min(position) AS position, min(spectrogram) AS spectrogram,
           min(attention_ratio) AS attention_ratio, count(*) AS repeats,
           sum(status = 'done') AS done, sum(status = 'running') AS running, sum(status = 'failed') AS failed,
           avg(accuracy) AS accuracy, avg(precision_macro) AS precision_macro, avg(recall_macro) AS recall_macro,
           avg(f1_micro) AS f1_micro, avg(f1_macro) AS mean_f1_macro, avg(f1_class_mean) AS f1_class_mean,
           -- Of all that are done, or of none.
           CASE WHEN count(top3_accuracy) = sum(status = 'done') THEN avg(top3_accuracy) END AS top3_accuracy,
           /*+ CASE WHEN count(METRIC) = sum(status = 'done') THEN avg(METRIC) END AS METRIC, */
           avg(best_accuracy) AS best_accuracy, avg(validation_accuracy) AS validation_accuracy,
           avg(validation_loss) AS validation_loss, avg(best_validation_accuracy) AS best_validation_accuracy,
           avg(best_validation_loss) AS best_validation_loss, avg(epochs) FILTER (WHERE status = 'done') AS epochs,
           avg(duration_s) FILTER (WHERE status = 'done') AS duration_s, max(mixed) AS mixed
    FROM trial_overview WHERE current AND NOT hidden GROUP BY sweep, configuration
), spreads AS (
    SELECT sweep, configuration,
           CASE WHEN means.done > 1 THEN sqrt(sum((trial_overview.accuracy - means.accuracy)
               * (trial_overview.accuracy - means.accuracy)) / (means.done - 1)) END AS accuracy_sd,
           CASE WHEN means.done > 1 THEN sqrt(sum((trial_overview.f1_macro - mean_f1_macro)
               * (trial_overview.f1_macro - mean_f1_macro)) / (means.done - 1)) END AS f1_macro_sd
    FROM trial_overview JOIN means USING (sweep, configuration) WHERE current AND NOT hidden GROUP BY sweep, configuration
)
SELECT sweep, configuration, spectrogram, attention_ratio, repeats, done, running, failed,
       repeats - done - running - failed AS missing, accuracy, accuracy_sd, precision_macro, recall_macro, f1_micro,
       CASE WHEN precision_macro + recall_macro > 0 THEN 2 * precision_macro * recall_macro / (precision_macro + recall_macro)
            WHEN done > 0 THEN 0.0 END AS f1_macro,
       f1_macro_sd, f1_class_mean, top3_accuracy, /*+ METRIC, */ best_accuracy, validation_accuracy, validation_loss,
       best_validation_accuracy, best_validation_loss, epochs, duration_s, mixed
FROM means JOIN spreads USING (sweep, configuration)
ORDER BY sweep, means.position;
