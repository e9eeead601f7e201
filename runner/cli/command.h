#pragma once

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's name
class App;
}

namespace attnsweep::runner {

/// Holds the command that the user chose: set by a subcommand's parse callback, run by main() after parsing; returns an
/// ExitCode. Library errors that it does not catch are printed by main() and mapped to their exit code.
using Command = std::function<int()>;

void add_ingest(CLI::App& app, Command& chosen);        // data/ingest.cpp
void add_inspect(CLI::App& app, Command& chosen);       // data/inspect.cpp
void add_demo_corpus(CLI::App& app, Command& chosen);   // data/demo_corpus.cpp
void add_new(CLI::App& app, Command& chosen);           // sweep/new.cpp
void add_plan(CLI::App& app, Command& chosen);          // sweep/plan.cpp
void add_simulate(CLI::App& app, Command& chosen);      // sweep/simulate.cpp
void add_run(CLI::App& app, Command& chosen);           // sweep/run.cpp
void add_trial(CLI::App& app, Command& chosen);         // trial/trial.cpp
void add_predict(CLI::App& app, Command& chosen);       // trial/predict.cpp
void add_status(CLI::App& app, Command& chosen);        // sweep/status.cpp
void add_drain(CLI::App& app, Command& chosen);         // sweep/drain.cpp
void add_logs(CLI::App& app, Command& chosen);          // sweep/logs.cpp
void add_report(CLI::App& app, Command& chosen);        // results/report.cpp
void add_best(CLI::App& app, Command& chosen);          // results/best.cpp
void add_query(CLI::App& app, Command& chosen);         // results/query.cpp
void add_export(CLI::App& app, Command& chosen);        // results/export.cpp
void add_completion(CLI::App& app, Command& chosen);    // completion.cpp
void add_import_paper(CLI::App& app, Command& chosen);  // results/import_paper.cpp
void add_show(CLI::App& app, Command& chosen);          // results/show.cpp
void add_compare(CLI::App& app, Command& chosen);       // results/compare.cpp
void add_store(CLI::App& app, Command& chosen);         // store/store.cpp
void add_gc(CLI::App& app, Command& chosen);            // store/gc.cpp
void add_doctor(CLI::App& app, Command& chosen);        // doctor.cpp

/// Adds a `plan` that opens no shard, for a data set that is its description alone.
void add_plan_without_shards(CLI::App& app, Command& chosen);

}  // namespace attnsweep::runner
