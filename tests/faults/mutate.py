#!/usr/bin/env python3
"""Copies a source of the product with one thing in it changed, so that the program made of it breaks one promise: mutate.py NAME SOURCE OUT.
What is changed must stand there exactly once; otherwise the source has moved on and the mutation here is to follow it."""
import pathlib
import sys

MUTATIONS = {
    "rank_early_acknowledgement": ("    store_.commit(results);", """\
    for (const Commit* early : commits)
        loop_queue_.post([this, trial = early->trial, attempt = early->attempt] { callbacks_.committed(trial, attempt, {}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    store_.commit(results);"""),
    "rank_no_fence": ("    waits(process->pid);", """\
    if (process)
        return Fenced::gone;
    waits(process->pid);"""),
    "rank_newest_counts": ("done_attempt_id = coalesce(done_attempt_id, ?)", "done_attempt_id = ?"),
}

name, source, out = sys.argv[1:]
before, after = MUTATIONS[name]
text = pathlib.Path(source).read_text()
if text.count(before) != 1:
    sys.exit(f"{source}: '{before}' stands in it {text.count(before)} times, once was expected; the mutation {name} in {__file__} "
             "must follow the source")
pathlib.Path(out).write_text(text.replace(before, after))
