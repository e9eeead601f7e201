#include <nlohmann/json.hpp>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "files/durable_file.h"
#include "files/safetensors.h"
#include "runner/attempt_files.h"
#include "runner/last_resort.h"
#include "runner/trial/checkpoint.h"
#include "runner/trial/trial_progress.h"
#include "store/error.h"
#include "store/journal.h"
#include "store/maintenance/store_files.h"
#include "store/pending.h"
#include "store/reading/query.h"
#include "store/store.h"
#include "tests/data/audio_files.h"
#include "tests/fuzz/checksums.h"
#include "tests/fuzz/target.h"
#include "tests/paths.h"
#include "tests/store/synthetic_sweep.h"

namespace attnsweep::tests {

namespace {

namespace fs = std::filesystem;

using Texts = std::vector<std::string>;

std::vector<std::string> sweep_seeds(const TemporaryFolder& folder)
{
    const fs::path shipped = fs::path(paths::source) / "configs";
    for (const char* name : {"paper.toml", "quickstart.toml"}) {
        fs::copy(shipped / name, folder / name);
    }
    return {"[sweep]\nname = \"a\"\nrepeats = 2\n[data]\ntest_fraction = 0.2\n[model]\nfirst_filters = "
            "4\nheads = 2\ndense_sizes = [16]\n[training]\nmax_epochs = 3\nlearning_rate = "
            "0.01\n[axes]\n\"model.attention_ratio\" = [0, 0.5]\n",
            "[sweep]\nname = \"b\"\n[[zip]]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n"
            "\"training.batch_size\" = [8, 16]\n[[exclude]]\n\"data.spectrogram\" = \"cqt\"\n[checkpoint]\n"
            "every = \"10 min\"\n",
            "[axes]\n\"model.attention_ratio\" = { range = [0, 1], step = 0.25 }\n"
            "\"training.batch_size\" = { random_log = [8, 64], count = 3, seed = 1 }\n"
            "\"training.learning_rate\" = { log = [1e-4, 1e-2], count = 3 }\n",
            bytes_of(shipped / "paper.toml"), bytes_of(shipped / "quickstart.toml")};
}

Texts read_sweep(const fs::path& file)
{
    configs::DataSetDescription data;
    data.path = "shards";
    data.classes = {"a", "b"};
    data.clips_per_class = {50, 50};
    data.clips = 100;
    data.recordings = 40;
    data.spectrograms = {{configs::Spectrogram::stft, std::string(64, 'a'), {"stft-00000.h5"}},
                         {configs::Spectrogram::cqt, std::string(64, 'b'), {"cqt-00000.h5"}}};
    (void)configs::read_sweep(file, {}, data);
    return {};
}

std::vector<std::string> weights_seeds(const TemporaryFolder& folder)
{
    const std::string header = R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})";
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    files::write_safetensors(folder / "seed.safetensors", bytes + header + std::string(16, '\1'));
    files::write_checked(folder / "seed.pt", bytes + header + std::string(16, '\1'));
    return {bytes_of(folder / "seed.safetensors"), bytes_of(folder / "seed.pt")};
}

std::vector<std::string> checkpoint_seeds(const TemporaryFolder& folder)
{
    runner::TrialProgress progress{configs::TrainingSettings{}};
    progress.end_epoch(0.5, 0.75, 3);
    const std::string tensors(200, 'c');
    const std::string bytes =
        runner::encode_checkpoint({{"trial_id", std::string(16, 'a')}, {"progress", progress.state()}},
                                  {{"network", tensors}, {"best", tensors}});
    files::write_checked(folder / "seed.ckpt", bytes);
    return {bytes_of(folder / "seed.ckpt")};
}

// As a trial resumes, up to the tensors: those are read by libtorch, which this program does without.
Texts read_checkpoint(const fs::path& file)
{
    Texts told;
    const fs::path named = file.parent_path() / "checkpoint-00001-00000002.ckpt";
    fs::rename(file, named);
    runner::CheckpointFolders folders(file.parent_path(), {},
                                      [&](const std::string& text) { told.push_back(runner::on_one_line(text)); });
    if (const auto checkpoint = folders.newest()) {
        runner::TrialProgress progress{configs::TrainingSettings{}};
        progress.restore(*checkpoint, std::string(16, 'a'));
        (void)checkpoint->part("network");
    }
    return told;
}

/// A store with a sweep and no result.
store::Store& store_without_results()
{
    static const TemporaryFolder folder;
    static store::Store store = [] {
        store::Store opened = store::Store::open_to_write(folder / "results.db");
        opened.record_sweep(store::synthetic_sweep());
        return opened;
    }();
    return store;
}

const configs::Trial& first_trial()
{
    static const configs::Sweep sweep = store::synthetic_sweep();
    return sweep.trials.front();
}

std::vector<std::string> result_seeds()
{
    const configs::Trial& trial = first_trial();
    return {nlohmann::json(store::done_result(trial, {9, 8, 7})).dump(1),
            nlohmann::json(store::lifelike_result(trial)).dump(),
            nlohmann::json(store::failed_result(trial, "nan", "the loss is not a number in epoch 2")).dump(1)};
}

struct RolledBack {};

// As the three who take it do: a rank that finds it beside its trial, the writer, and `rebuild`. Nothing is kept.
Texts read_result(const std::string& bytes)
{
    store::Store& store = store_without_results();
    runner::TrialOrder order;
    order.trial = first_trial();
    order.attempt_folder = store.attempt_folder(order.trial.id, 1);
    write_bytes(order.attempt_folder / runner::result_name, bytes);
    Texts told;
    (void)runner::finished_result(order, [&](const std::string& text) { told.push_back(runner::on_one_line(text)); });
    for (const std::string& text : store::read_store_files(store.folder()).damaged) {
        told.push_back(runner::on_one_line(text));
    }
    store.guard_commits([] { throw RolledBack(); });
    try {
        const store::ImportReport taken = store::import_attempt_folders(store);
        for (const auto* refused : {&taken.damaged, &taken.strangers}) {
            for (const store::ImportReport::Refused& file : *refused) {
                told.push_back(runner::on_one_line(file.file.string() + ": " + file.reason));
            }
        }
    } catch (const RolledBack&) {
        // It would have been committed.
    }
    return told;
}

std::vector<std::string> revision_seeds()
{
    return {bytes_of(store_without_results().folder() / "revisions" / "1.json")};
}

Texts read_revision(const fs::path& file)
{
    const fs::path from = store_without_results().folder() / "revisions", folder = file.parent_path() / "revisions";
    fs::create_directories(folder);
    fs::copy(from, folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::copy(file, folder / "1.json", fs::copy_options::overwrite_existing);
    Texts told;
    for (const std::string& text : store::read_store_files(file.parent_path()).damaged) {
        told.push_back(runner::on_one_line(text));
    }
    return told;
}

std::vector<std::string> journal_seeds(const TemporaryFolder& folder)
{
    store::Journal journal(folder / "seed-journal");
    const store::AttemptKey key{std::string(16, 'a'), 1};
    const configs::EpochRecord epoch{1, 0.5, 0.75, 0.5, 0.75, 2};
    journal.begun(1, key, "host", "cpu", "2026-01-01T00:00:00Z");
    journal.epochs(key, {&epoch, 1});
    journal.ended(key, "interrupted", "2026-01-01T00:00:30Z");
    journal.committed(key, "2026-01-01T00:01:00Z");
    journal.write();
    return {bytes_of(folder / "seed-journal")};
}

Texts run_where(const std::string& bytes)
{
    store::Query query;
    query.where = bytes;
    query.time_limit_s = 2;
    store::run_query(store_without_results(), query, [](const auto&) {});
    return {};
}

}  // namespace

std::map<std::string, Target> targets_of_sweeps()
{
    return {
        {"sweep",
         {sweep_seeds,
          [](const fs::path& file, const std::string&) { return read_sweep(file); },
          ".toml",
          {},
          {deep_json("a = ", ""), "[sweep]\nname = \"" + std::string(1'000'000, 'a') + "\"\n",
           "[sweep]\nname = \"a\"\nrepeats = 2000000000\n[axes]\n\"model.attention_ratio\" = [0, 0.5]\n"}}},
        {"weights",
         {weights_seeds,
          [](const fs::path& file, const std::string&) {
              (void)files::read_safetensors(file);
              return Texts();
          },
          ".safetensors", with_crc_in_header}},
        {"checkpoint",
         {checkpoint_seeds, [](const fs::path& file, const std::string&) { return read_checkpoint(file); }, "",
          with_trailer}},
        {"result",
         {[](const TemporaryFolder&) { return result_seeds(); },
          [](const fs::path&, const std::string& bytes) { return read_result(bytes); },
          ".json",
          {},
          {deep_json("", ""), deep_json(R"({"trial_id":)", "}"),
           deep_json(R"({"trial_id":"a","label":"a","attempt":1,"outcome":"failed","failure":)", "}")}}},
        {"revision",
         {[](const TemporaryFolder&) { return revision_seeds(); },
          [](const fs::path& file, const std::string&) { return read_revision(file); },
          ".json",
          with_trailer,
          {with_trailer(deep_json(R"({"revision_id":1,"sweep_id":)", "}") + std::string(15, ' '))}}},
        {"journal",
         {journal_seeds,
          [](const fs::path& file, const std::string&) {
              int damaged = 0;
              store::Journal::read(file, damaged);
              return Texts();
          },
          "",
          with_line_checksums,
          {with_line_checksums(deep_json("00000000 ", "")),
           with_line_checksums(deep_json(R"(00000000 ["begun","a",1,2,)", "]"))}}},
        {"where",
         {[](const TemporaryFolder&) {
              return std::vector<std::string>{
                  "accuracy > 0.6 and status = 'done'", "label like 'cqt-r%' or (epochs between 3 and 9)",
                  "attention_ratio in (0, 0.25)", "label glob '*r0*' and length(printf('%.3f', accuracy)) < 9",
                  "accuracy > (select avg(accuracy) from trial_overview)"};
          },
          [](const fs::path&, const std::string& bytes) { return run_where(bytes); },
          "",
          {},
          {std::string(100'000, '(') + "1" + std::string(100'000, ')'), "label = '" + std::string(2'000'000, 'a') + "'",
           "label in (" + std::string(40'000, '1') + ")",
           "accuracy > (with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n)",
           "length(zeroblob(2000000000)) > 0", "length(printf('%2000000000d', 1)) > 0"}}},
    };
}

}  // namespace attnsweep::tests
