# Sourced by the benches on a store of finished trials, after on_tones.sh: `finished_store FOLDER REPEATS` makes FOLDER/sweep.toml of 100
# configurations and FOLDER/results.db with all its trials done, ten epochs each. The store is filled row by row, without training.
finished_store() {
    mkdir -p "$1"
    {
        tiny_sweep finished "$2" 10
        cat <<'TOML'
"data.spectrogram" = ["stft", "cqt"]
"model.attention_ratio" = [0, 0.25, 0.5, 0.75, 1]
"training.learning_rate" = [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01]
TOML
    } >"$1/sweep.toml"
    # A limit that has passed already: the sweep is recorded, nothing is started.
    "$bin/attnsweep" run "$1/sweep.toml" --data "$work/shards" --store "$1/results.db" --time-limit 0:01 >"$1/record.log" 2>&1 || true
    python3 "$here/tests/bench/finished/fill_store.py" "$1/results.db"
}
