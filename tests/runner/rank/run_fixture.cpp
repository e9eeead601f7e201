#include "tests/runner/rank/run_fixture.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/data_set.h"
#include "data/ingest.h"
#include "tests/paths.h"
#include "tests/tone_corpus.h"

namespace attnsweep::tests {

RunFixture::RunFixture()
{
    write_tone_corpus(folder_ / "audio", 2, 6, 1.0);
    data::IngestOptions options;
    options.audio_folder = folder_ / "audio";
    options.out = folder_ / "shards";
    options.geometry = {22050, 2205, 128, 5, 6};
    data::ingest(options);
    write_text(folder_ / "sweep.toml", tiny_sweep(3));
}

RunFixture::~RunFixture()
{
    for (const char* name : {"attnsweep-run", "stand_in_trial"}) {
        for (const pid_t process : processes_named(name, folder_.path().string())) {
            ::kill(process, SIGKILL);
        }
    }
}

std::string RunFixture::line(int ranks, const std::string& stand_in, const std::string& more) const
{
    return "exec env ATTNSWEEP_TRIAL_PROGRAM=" + tests::quoted(attnsweep::tests::paths::stand_in_trial) +
           " STAND_IN=" + tests::quoted(stand_in) + " STAND_IN_FOLDER=" + quoted(folder_.path()) + " " +
           (ranks > 0 ? mpirun(ranks, mpirun_options_) : "") + program("attnsweep-run") + " " +
           quoted(folder_ / "sweep.toml") + " --data " + quoted(folder_ / "shards") + " --store " + quoted(store()) +
           " " + more;
}

configs::Sweep RunFixture::sweep() const
{
    return configs::read_sweep(folder_ / "sweep.toml", {}, data::describe(folder_ / "shards"));
}

std::map<std::string, store::TrialState> RunFixture::states() const
{
    std::vector<std::string> ids;
    const configs::Sweep all = sweep();
    for (const configs::Trial& trial : all.trials) {
        ids.push_back(trial.id);
    }
    std::map<std::string, store::TrialState> result;
    const auto states = store::Store::open_to_read(store()).states(ids);
    for (std::size_t i = 0; i < states.size(); ++i) {
        result[all.trials[i].label] = states[i];
    }
    return result;
}

int RunFixture::count(store::Status status) const
{
    const auto all = states();
    return static_cast<int>(
        std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.second.status == status; }));
}

std::filesystem::path RunFixture::attempt_folder(const std::string& label, int attempt) const
{
    return store_folder() / "trials" / configs::find_trial(sweep(), label).id / fmt::format("attempt-{}", attempt);
}

std::string RunFixture::log_of(const std::string& label, int attempt) const
{
    return contents(attempt_folder(label, attempt) / "log.txt");
}

bool RunFixture::pending_is_empty() const
{
    return !std::filesystem::exists(store_folder() / "pending") ||
           std::filesystem::is_empty(store_folder() / "pending");
}

std::vector<pid_t> RunFixture::processes_named(const std::string& name, const std::string& argument)
{
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string number = entry.path().filename().string();
        if (number.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const std::string command = contents(entry.path() / "cmdline");
        const std::string file = std::filesystem::path(command.substr(0, command.find('\0'))).filename().string();
        if (file == name && (command + contents(entry.path() / "environ")).find(argument) != std::string::npos) {
            found.push_back(std::stoi(number));
        }
    }
    return found;
}

}  // namespace attnsweep::tests
