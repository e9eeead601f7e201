// `attnsweep doctor`: the checks that each run makes on each of its nodes, and the tools that only people need, on this machine.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "configs/printable.h"
#include "data/data_set.h"
#include "runner/cli/command.h"
#include "runner/cli/store_option.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/node/command_output.h"
#include "runner/node/preflight.h"
#include "runner/node/trial_process.h"
#include "runner/planning/run_refusals.h"
#include "runner/value_checks.h"
#include "runner/version.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

struct DoctorOptions {
    std::string store = default_store(), data, device = "auto";
};

Check rank_program()
{
    const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "attnsweep-run";
    const std::string said = command_output(configs::shell_quoted(path.string()) + " --version 2>&1");
    if (said.find(version_text()) != std::string::npos) {
        return {"rank", said, Check::Verdict::good, {}, {}, exit_failed};
    }
    return {"rank",
            said,
            Check::Verdict::bad,
            fmt::format("{}: {}", path.string(), said.empty() ? "does not answer" : said),
            "build or install all three programs together: this is " + version_text(),
            exit_failed};
}

Check wanted(const std::string& program, const std::string& remedy)
{
    const std::string found = command_output("command -v " + program);
    if (!found.empty()) {
        return {program, found, Check::Verdict::good, {}, {}, exit_failed};
    }
    return {program, "missing", Check::Verdict::warning, "not on the PATH", remedy, exit_failed};
}

/// Returns the digests of all kinds of spectrograms that a data set has; the check of the node says why there are none.
std::vector<std::string> digests_of(const std::string& data)
{
    std::vector<std::string> digests;
    try {
        for (const configs::SpectrogramSet& set : data::describe(data).spectrograms) {
            digests.push_back(set.digest);
        }
    } catch (const std::exception&) {
    }
    return digests;
}

/// Sets the folder that a run would write in. Returns what is wrong if a run would be refused the store.
std::optional<Check> find_store(const std::string& name, PreflightQuestion& question)
{
    try {
        refuse_store_that_cannot_be_made(name);
        const std::filesystem::path store = std::filesystem::absolute(name).lexically_normal();
        const std::filesystem::path folder = store::folder_beside(store);
        if (std::filesystem::is_regular_file(store)) {
            (void)store::Store::open_to_read(store);
            if (::access(store.c_str(), W_OK) != 0) {
                throw Error(fmt::format("the store {} cannot be written: {}", name, std::strerror(errno)), exit_store);
            }
        }
        question.store_folder = std::filesystem::is_directory(store)    ? store  // of parts
                                : std::filesystem::is_directory(folder) ? folder
                                                                        : existing_folder_above(store);
        return std::nullopt;
    } catch (const std::exception& error) {
        return Check{"store",
                     "unusable",
                     Check::Verdict::bad,
                     error.what(),
                     "give a --store that can be made and written",
                     exit_code_of(error, exit_store)};
    }
}

int doctor(const DoctorOptions& options)
{
    PreflightQuestion question;
    question.device = options.device;
    question.data = options.data;
    question.data_digests = digests_of(options.data);
    const std::optional<Check> bad_store = find_store(options.store, question);
    NodeReport report;
    try {
        question.trial_program = trial_program();
        report = check_node(this_node({}), question);
    } catch (const Error& error) {
        report = check_node(this_node({}), question);
        report.checks.push_back({"programs", "missing", Check::Verdict::bad, error.what(), {}, error.exit_code()});
    }
    if (bad_store) {
        report.checks.push_back(*bad_store);
    }
    report.checks.push_back(rank_program());
    report.checks.push_back(wanted("mpirun", "source env.sh (only needed for more than one node)"));
    report.checks.push_back(wanted("gnuplot", "apt-get install gnuplot-nox (only needed for plots)"));
    std::fputs(preflight_text({report}).c_str(), stdout);
    return report.bad() ? report.bad()->exit_code : int{exit_done};
}

}  // namespace

void add_doctor(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<DoctorOptions>();
    CLI::App* command =
        app.add_subcommand("doctor", "Checks this machine: what attnsweep would use of it, and what is wrong");
    command->add_option("--store", options->store, "The store a sweep would write")->capture_default_str();
    command->add_option("--data", options->data, "A data set (a folder of shards) to check");
    command->add_option("--device", options->device, "The trials' device: auto, cpu or cuda")
        ->check(wrong_device)
        ->capture_default_str();
    command->footer("Each run makes the same checks on each of its nodes before the first trial; `attnsweep run ... "
                    "--doctor` makes only the checks.\n\n"
                    "Examples:\n  attnsweep doctor --data shards/\n"
                    "  mpirun -n 4 attnsweep run configs/paper.toml --data shards/ --doctor");
    command->callback([&chosen, options] { chosen = [options] { return doctor(*options); }; });
}

}  // namespace attnsweep::runner
