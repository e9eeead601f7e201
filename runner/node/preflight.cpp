#include "runner/node/preflight.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "configs/printable.h"
#include "data/data_set.h"
#include "data/hdf5_session.h"
#include "files/disk_full.h"
#include "files/file_system.h"
#include "runner/exit_code.h"
#include "runner/node/gpu_check.h"
#include "runner/node/start_pauses.h"
#include "runner/node/trial_doctor.h"
#include "runner/version.h"
#include "store/sqlite_version.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Verdict = Check::Verdict;

std::string in_bytes(std::int64_t bytes)
{
    const auto number = static_cast<double>(bytes);
    return number >= 1e9 ? fmt::format("{:.1f} GB", number / 1e9) : fmt::format("{:.1f} MB", number / 1e6);
}

Check programs(const PreflightQuestion& question, const Json& doctor, const std::string& said)
{
    Check check{"programs", version_text(), Verdict::good, {}, {}, exit_failed};
    const char* own = std::getenv("ATTNSWEEP_TRIAL_PROGRAM");
    const bool replaced = own != nullptr && *own != '\0';
    if (doctor.is_null()) {
        if (replaced) {
            check.found = "of your own";
            return check;
        }
        check.verdict = Verdict::bad;
        check.found = "no answer";
        std::string last = said.substr(0, said.find_last_not_of(" \n") + 1);
        last = last.substr(last.rfind('\n') == std::string::npos ? 0 : last.rfind('\n') + 1);
        check.wrong = fmt::format("{} does not say what it is{}", question.trial_program.string(),
                                  last.empty() ? std::string() : ": " + last);
        check.remedy = "build or install all three programs, and libtorch, on this node";
        if (tells_of_shortage(said)) {
            check.exit_code = exit_not_started;
            check.wrong = fmt::format("{} cannot be started: {}", question.trial_program.string(), last);
            check.remedy = "the number of processes and threads is limited here (ulimit -u, or the job's)";
        }
    } else if (doctor["version"] != version_text()) {
        check.verdict = Verdict::bad;
        check.found = "differ";
        check.wrong = fmt::format("{} is {}, this rank is {}", question.trial_program.string(),
                                  doctor["version"].get<std::string>(), version_text());
        check.remedy = "build or install all three programs together, the same on every node";
    }
    return check;
}

Check libraries(const PreflightQuestion& question, bool on_cores, const Json& doctor)
{
    std::string found;
    if (doctor.is_object()) {
        found = fmt::format("libtorch {} ({}), ", doctor.value("libtorch", "?"), doctor.value("processor", "?"));
    }
    found += fmt::format("HDF5 {}, SQLite {}", data::hdf5_version(), store::sqlite_version());
    if (!question.mpi.empty()) {
        found += ", " + question.mpi;
    }
    Check check{"libraries", found, Verdict::good, {}, {}, exit_failed};
    if (const Json cuda = doctor.is_object() ? doctor["cuda"] : Json::object(); cuda.contains("plugin")) {
        const std::string why = cuda["plugin"].value("why", "");
        check.found += why.empty() ? ", libattnsweep_cuda.so" : ", no libattnsweep_cuda.so";
        if (!why.empty()) {
            const bool all_would_fail = question.replicas > 1 && !on_cores;
            check.verdict = all_would_fail ? Verdict::bad : Verdict::warning;
            check.exit_code = all_would_fail ? exit_no_device : exit_failed;
            check.wrong = why;
            check.remedy = all_would_fail
                               ? "trials on several GPUs need it: set execution.devices_per_trial = 1"
                               : "until then trials run without CUDA graphs, and a trial that is to have several GPUs "
                                 "fails: set execution.devices_per_trial = 1";
        }
    }
    return check;
}

Check memory(const PreflightQuestion& question, bool on_cores)
{
    const std::int64_t free = available_memory_bytes();
    Check check{"memory", free > 0 ? in_bytes(free) + " free" : "unknown", Verdict::good, {}, {}, exit_failed};
    const std::int64_t needed = question.trial_memory_bytes * (on_cores ? question.replicas : 1);
    if (free > 0 && needed > free) {
        check.verdict = Verdict::warning;
        check.wrong = fmt::format("a trial needs about {}", in_bytes(needed));
        check.remedy = "stop other programs here, or use a smaller training.batch_size";
    }
    return check;
}

Check disk(const PreflightQuestion& question, int slots)
{
    Check check{"disk", {}, Verdict::good, {}, {}, exit_no_space};
    std::error_code failure;
    const fs::space_info space = fs::space(question.store_folder, failure);
    if (failure) {
        check.found = "unknown";
        return check;  // the store's check says why
    }
    const auto free = static_cast<std::int64_t>(space.available);
    const std::int64_t needed = question.kept_bytes + question.running_bytes * std::max(slots, 1);
    check.found = in_bytes(free) + " free";
    if (free >= needed) {
        return check;
    }
    const bool none_fits = free < question.running_bytes;
    check.verdict = none_fits ? Verdict::bad : Verdict::warning;
    check.wrong = fmt::format(
        "no space left for all: {} stay at the end and {} more are needed while {} trials run, {} are free at {}",
        in_bytes(question.kept_bytes), in_bytes(question.running_bytes * std::max(slots, 1)), std::max(slots, 1),
        in_bytes(free), question.store_folder.string());
    check.remedy = "free some space, give another --store, or keep less: --set checkpoint.keep=last";
    return check;
}

Check data_set(const PreflightQuestion& question)
{
    Check check{"data", "the same", Verdict::good, {}, {}, exit_bad_input};
    try {
        const configs::DataSetDescription description = data::describe(question.data);
        check.found = fmt::format("{} clips", description.clips);
        for (const std::string& digest : question.data_digests) {
            const auto set = std::find_if(description.spectrograms.begin(), description.spectrograms.end(),
                                          [&](const configs::SpectrogramSet& each) { return each.digest == digest; });
            if (set == description.spectrograms.end()) {
                check.found = "another";
                check.verdict = Verdict::bad;
                check.wrong = question.data + ": another data set than the one the sweep was planned on";
                check.remedy = "give every node the same --data";
                return check;
            }
            data::DataSet::open(question.data, set->spectrogram);
        }
    } catch (const std::exception& error) {
        check.found = "unreadable";
        check.verdict = Verdict::bad;
        check.wrong = error.what();
        check.exit_code = exit_code_of(error, exit_bad_input);
    }
    return check;
}

/// Returns the type of the path's file system, such as "ext4", by the longest mount point that contains the path.
std::string file_system_type(const fs::path& path)
{
    std::ifstream mounts("/proc/self/mounts");
    std::string type = "unknown", longest;
    for (std::string device, point, kind, rest; mounts >> device >> point >> kind && std::getline(mounts, rest);) {
        const bool holds = point == "/" || (path.string() + "/").starts_with(point + "/");
        if (holds && point.size() >= longest.size()) {
            longest = point;
            type = kind;
        }
    }
    return type;
}

/// Returns whether a lock held by one process is refused to another, or nothing if the folder cannot be written.
std::optional<bool> locks(const fs::path& folder)
{
    const std::string name = (folder / fmt::format("preflight-{}-{}", host_name(), ::getpid())).string();
    const int first = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (first < 0) {
        return std::nullopt;
    }
    const int second = ::open(name.c_str(), O_RDWR | O_CLOEXEC);
    std::optional<bool> answer;
    if (second >= 0) {
        answer =
            ::flock(first, LOCK_EX | LOCK_NB) == 0 && ::flock(second, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    }
    const int code = errno;
    ::close(first);
    if (second >= 0) {
        ::close(second);
    }
    ::unlink(name.c_str());
    errno = code;
    return answer;
}

Check store(const PreflightQuestion& question)
{
    Check check{"store", file_system_type(question.store_folder), Verdict::good, {}, {}, exit_store};
    const auto bad = [&](const std::string& wrong, const std::string& remedy) {
        check.verdict = Verdict::bad;
        check.wrong = question.store_folder.string() + ": " + wrong;
        check.remedy = remedy;
        return check;
    };
    std::error_code failure;
    if (!fs::is_directory(question.store_folder, failure)) {
        return bad("is not there on this node", "give a --store that every node sees");
    }
    if (!question.store_holder.empty()) {
        std::ifstream lease(question.store_folder / "lease");
        std::string line;
        std::getline(lease, line);
        if (line.find(question.store_holder) == std::string::npos) {
            return bad("is another folder here than rank 0's", "give a --store on a file system that all nodes share");
        }
    }
    const std::optional<bool> locking = locks(question.store_folder);
    if (!locking) {
        const int code = errno;
        const bool full = files::is_disk_full(code);
        if (full) {
            check.exit_code = exit_no_space;
        }
        return bad(std::string("cannot be written: ") + std::strerror(code),
                   full ? "free some space, or give another --store" : "give a --store that you may write");
    }
    check.found += files::on_network_file_system(question.store_folder / "x") ? " over the network" : "";
    check.found += *locking ? ", locks" : ", does not lock";
    if (!*locking) {
        check.verdict = Verdict::warning;
        check.wrong = question.store_folder.string() + ": its file system has no locks: a second run on this store is "
                                                       "detected only by the lease's text";
        check.remedy = "start one run at a time on it, or mount it with locks";
    }
    return check;
}

}  // namespace

NodeReport check_node(const Node& node, const PreflightQuestion& question)
{
    NodeReport report{node.name, {}, {}};
    try {
        std::string said;
        const Json doctor = question.trial_program.empty() ? Json() : trial_doctor(question.trial_program, {}, said);
        if (!question.trial_program.empty()) {
            report.checks.push_back(programs(question, doctor, said));
        }
        const Check device = device_check(node, question.device, question.trial_program, doctor, report);
        const bool on_cores = usable_device(question.device, report) == "cpu";
        report.checks.push_back(libraries(question, on_cores, doctor));
        report.checks.push_back(device);
        const PrecisionProblem problem = on_cores ? precision_problem_on_cpu(question.precisions) : PrecisionProblem{};
        if (!problem.wrong.empty()) {
            report.checks.push_back(
                {"precision", "unknown here", Verdict::bad, problem.wrong, problem.remedy, exit_usage});
        }
        report.checks.push_back(memory(question, on_cores));
        if (!question.data.empty()) {
            report.checks.push_back(data_set(question));
        }
        if (!question.store_folder.empty()) {
            report.checks.push_back(store(question));
            const int shares = std::max(node.usable_cores / std::max(question.threads, 1), 1);
            report.checks.push_back(disk(question, question.slots > 0 ? question.slots : shares));
        }
    } catch (const std::exception& error) {
        report.checks.push_back({"node", "unknown", Verdict::bad, error.what(), {}, exit_code_of(error, exit_store)});
    }
    return report;
}

PrecisionProblem precision_problem_on_cpu(const std::vector<std::string>& precisions)
{
    if (std::find(precisions.begin(), precisions.end(), "tf32") == precisions.end()) {
        return {};
    }
    return {"training.precision = tf32 needs a GPU, and trials run on the CPU here",
            "use --set training.precision=float32 (or bfloat16), or a GPU (--device cuda)"};
}

std::string usable_device(const std::string& device, const NodeReport& report)
{
    return device == "auto" && report.gpus.empty() ? "cpu" : device;
}

Check clock_check(double asked_s, double node_s, double heard_s)
{
    const double offset_s = node_s - (asked_s + heard_s) / 2;
    const double explained_s = std::max(heard_s - asked_s, 0.0) / 2;
    const double skew_s = std::max(std::abs(offset_s) - explained_s, 0.0);
    Check check{"clock", fmt::format("{:+.1f} s", skew_s > 0.05 ? offset_s : 0.0), Verdict::good, {}, {}, exit_failed};
    if (skew_s <= 1) {
        return check;
    }
    check.verdict = skew_s > 60 ? Verdict::bad : Verdict::warning;
    check.wrong =
        fmt::format("its clock is {:.0f} s {} rank 0's", std::abs(offset_s), offset_s > 0 ? "ahead of" : "behind");
    check.remedy = "set the clocks by NTP (chronyd): leases and times in the store depend on them";
    return check;
}

}  // namespace attnsweep::runner
