// Feeds changed files to what reads files of users, in one process:
//   fuzz list                              names the targets
//   fuzz TARGET COUNT [SEED]               COUNT changed files
//   fuzz TARGET replay [FILE...]           files as they are; without any, those of tests/fuzz/corpus/TARGET/
//   fuzz TARGET write COUNT FOLDER [SEED]  changed files as FOLDER/0, FOLDER/1, ... for tests/faults/fuzzed_programs.py
//   fuzz judge                             judges each line of standard input; ends with 1 at one that users should not see
// Ends with 1, and keeps the file as fuzz-TARGET.bin, on a crash, a sanitizer's report, an exception that is none of the
// project's, a text that users should not see (judgement.h), a library's own words on the terminal, more than five seconds
// for one file, or more than 500 MB.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "configs/error.h"
#include "data/error.h"
#include "files/error.h"
#include "runner/error.h"
#include "runner/last_resort.h"
#include "store/error.h"
#include "tests/data/audio_files.h"
#include "tests/fuzz/judgement.h"
#include "tests/fuzz/target.h"
#include "tests/paths.h"

#ifdef __SANITIZE_ADDRESS__
// One allocation of more is refused, as is the memory that a freed one keeps: the figure below is then of what was in use.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options()
{
    return "max_allocation_size_mb=500:allocator_may_return_null=1:quarantine_size_mb=16:exitcode=99";
}
#endif

namespace {

using namespace attnsweep;
namespace fs = std::filesystem;
using tests::bytes_of;
using tests::Target;
using tests::TemporaryFolder;
using tests::write_bytes;

constexpr unsigned longest_s = 5;          // of processor time: other programs may hold the cores
constexpr unsigned longest_asleep_s = 60;  // of the clock
constexpr long most_mb = 500;
constexpr int exit_judged = 3;  // of the child, which has said why
// A damaged HDF5 file that could not be closed keeps its descriptor (data/hdf5_file.cpp), of which a process has some thousand.
constexpr int files_a_process = 200;

/// Ends this process by SIGPROF after so much processor time, by SIGALRM after so much time; 0: never.
void limit_time(unsigned computing_s, unsigned asleep_s)
{
    itimerval limit{};
    limit.it_value.tv_sec = computing_s;
    ::setitimer(ITIMER_PROF, &limit, nullptr);
    ::alarm(asleep_s);
}

fs::path terminal_beside(const fs::path& file)
{
    return file.parent_path() / "terminal.txt";
}

/// Gives the next file; false: there is none.
using Source = std::function<bool(std::string& bytes)>;

template <typename... Own> bool is_one_of(const std::exception& error)
{
    return ((dynamic_cast<const Own*>(&error) != nullptr) || ...);
}

// Returns what is wrong with how the bytes were taken; empty: nothing. `told`: what users are told of them.
std::string judge(const Target& target, const fs::path& file, const std::string& bytes, std::vector<std::string>& told)
{
    try {
        told = target.read(file, bytes);
    } catch (const std::exception& error) {
        if (!is_one_of<configs::Error, data::Error, files::Error, runner::Error, store::Error>(error)) {
            return fmt::format("an exception of a library: {}", error.what());
        }
        told.push_back(runner::last_words_of(error));
    }
    std::erase(told, "");
    for (const std::string& text : told) {
        if (const std::string fault = tests::fault_of_text(text); !fault.empty()) {
            return fmt::format("{} in: {}", fault, text);
        }
    }
    return {};
}

/// What libraries and sanitizers say on the terminal, kept in a file.
class Terminal {
public:
    explicit Terminal(const fs::path& file)
        : file_(file), descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600))
    {
        ::dup2(descriptor_, STDERR_FILENO);
    }
    /// Returns what was said since the last call, but for ASan's refusals of memory, which a C library may ask for in vain:
    /// in the project's code they are exceptions, which are judged.
    std::string said() const
    {
        if (::lseek(descriptor_, 0, SEEK_END) <= 0) {
            return {};
        }
        std::istringstream lines(bytes_of(file_));
        std::string text;
        for (std::string line; std::getline(lines, line);) {
            text += line.find("AddressSanitizer failed to allocate") == std::string::npos ? line + "\n" : "";
        }
        return ::ftruncate(descriptor_, 0) == 0 ? text : text + "(stays)";
    }

private:
    fs::path file_;
    int descriptor_;
};

/// Reads files one by one; what ends it leaves the file where it is.
class Reader {
public:
    Reader(const Target& target, const fs::path& file) : target_(target), file_(file), terminal_(terminal_beside(file))
    {
    }

    /// Returns what is wrong; empty: nothing.
    std::string read(const std::string& bytes)
    {
        // A new inode: HDF5 takes a file that it still holds for the same one, with what it knows of it.
        fs::remove(file_);
        write_bytes(file_, bytes);
        told_.clear();
        limit_time(longest_s, longest_asleep_s);
        const std::string wrong = judge(target_, file_, bytes, told_);
        limit_time(0, 0);
        const std::string said = terminal_.said();
        write_bytes(file_, bytes);  // a reader may have moved it
        return wrong.empty() && !said.empty() ? "on the terminal: " + said : wrong;
    }
    const std::vector<std::string>& told() const { return told_; }

private:
    const Target& target_;
    fs::path file_;
    Terminal terminal_;
    std::vector<std::string> told_;
};

/// Of the files read so far, in all processes.
struct Counts {
    int files = 0, refused = 0;
    long most_mb = 0;
};

/// Counts that a child process and its parent see.
Counts& shared_counts()
{
    void* const place = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) {
        throw std::runtime_error("no memory");
    }
    return *new (place) Counts;
}

/// Reads the unchanged files, which must be accepted. Returns whether they are.
bool accepts(Reader& reader, const std::string& name, const std::vector<std::string>& seeds, const char* when)
{
    for (const std::string& seed : seeds) {
        const std::string wrong = reader.read(seed);
        if (!wrong.empty() || !reader.told().empty()) {
            fmt::print("{}: an unchanged file, {}: {}\n", name, when, wrong.empty() ? reader.told().front() : wrong);
            return false;
        }
    }
    return true;
}

// Where unchanged files are refused, changed ones would reach nothing: before the first, or after files that used up what a process has.
int read_all(const std::string& name, const Target& target, const std::vector<std::string>& seeds, const Source& source,
             const fs::path& file, Counts& counts)
{
    Reader reader(target, file);
    if (!accepts(reader, name, seeds, "before all others")) {
        return exit_judged;
    }
    for (std::string bytes; source(bytes); ++counts.files) {
        const std::string wrong = reader.read(bytes);
        counts.refused += reader.told().empty() ? 0 : 1;
        if (!wrong.empty()) {
            fmt::print("{}: file {}: {}\n", name, counts.files, wrong);
            return exit_judged;
        }
    }
    return accepts(reader, name, seeds, "after all others") ? 0 : exit_judged;
}

// What ends the child is found out here, and the file is still there.
int fuzz(const std::string& name, const Target& target,
         const std::function<Source(const std::vector<std::string>& seeds)>& source, Counts& counts)
{
    const TemporaryFolder folder;
    const fs::path file = folder / ("changed" + target.ending);
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
#ifndef __SANITIZE_ADDRESS__
        const rlimit limit{2 * most_mb << 20U, 2 * most_mb << 20U};
        ::setrlimit(RLIMIT_DATA, &limit);
#endif
        const std::vector<std::string> seeds = target.seeds(folder);
        std::exit(read_all(name, target, seeds, source(seeds), file, counts));
    }
    int status = 0;
    rusage used{};
    if (child < 0 || ::wait4(child, &status, 0, &used) != child) {
        throw std::runtime_error("no process");
    }
    const long used_mb = used.ru_maxrss / 1024;
    counts.most_mb = std::max(counts.most_mb, used_mb);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && used_mb <= most_mb) {
        return 0;
    }
    if (WIFSIGNALED(status)) {
        fmt::print("{}: {}\n", name,
                   WTERMSIG(status) == SIGPROF   ? fmt::format("a file took more than {} s", longest_s)
                   : WTERMSIG(status) == SIGALRM ? fmt::format("a file took more than {} s, asleep", longest_asleep_s)
                                                 : fmt::format("ended by {}", ::strsignal(WTERMSIG(status))));
    } else if (WEXITSTATUS(status) != exit_judged) {
        fmt::print("\n{}: ended with {}, at most {} MB\n", name, WEXITSTATUS(status), used_mb);
    }
    if (fs::exists(terminal_beside(file))) {
        fmt::print("{}", bytes_of(terminal_beside(file)));
    }
    const fs::path kept = fs::current_path() / ("fuzz-" + name + ".bin");
    if (fs::exists(file)) {
        write_bytes(kept, bytes_of(file));
        fmt::print("{}: the last file is kept as {}; `fuzz {} replay {}` reads it again\n", name, kept.string(), name,
                   kept.string());
    }
    return 1;
}

std::vector<fs::path> corpus_of(const std::string& name)
{
    std::vector<fs::path> found;
    const fs::path folder = fs::path(tests::paths::source) / "tests" / "fuzz" / "corpus" / name;
    if (fs::exists(folder)) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

tests::Mutator mutator_of(const std::string& name, const Target& target, std::vector<std::string> corpus,
                          std::uint64_t seed)
{
    for (const fs::path& file : corpus_of(name)) {
        corpus.push_back(bytes_of(file));
    }
    return {std::move(corpus), seed, target.seal};
}

Source source_of(const std::vector<fs::path>& files)
{
    return [files, next = std::size_t{0}](std::string& bytes) mutable {
        return next < files.size() && (bytes = bytes_of(files[next++]), true);
    };
}

/// The corpus as it is.
Source corpus_source(const std::string& name, const Target& target)
{
    return [kept = source_of(corpus_of(name)), long_files = target.long_files,
            next = std::size_t{0}](std::string& bytes) mutable {
        return kept(bytes) || (next < long_files.size() && (bytes = long_files[next++], true));
    };
}

std::uint64_t seed_in(std::span<char*> words)
{
    return words.empty() ? 1 : std::strtoull(words.front(), nullptr, 10);
}

int run(const std::string& name, const Target& target, std::span<char*> words)
{
    const std::string what = words.front();
    words = words.subspan(1);
    Counts& counts = shared_counts();
    const auto summary = [&] {
        fmt::print("{}: {} files, {} refused, at most {} MB\n", name, counts.files, counts.refused, counts.most_mb);
        return 0;
    };
    if (what == "replay") {
        const auto source = [&](const auto&) {
            return words.empty() ? corpus_source(name, target) : source_of({words.begin(), words.end()});
        };
        return fuzz(name, target, source, counts) == 0 ? summary() : 1;
    }
    if (what == "write" && words.size() >= 2) {
        const TemporaryFolder folder;
        const std::vector<std::string> seeds = target.seeds(folder);
        std::optional<tests::Mutator> mutator;
        for (int i = 0; i < std::atoi(words[0]); ++i) {
            if (i % files_a_process == 0) {
                mutator = mutator_of(name, target, seeds, seed_in(words.subspan(2)) + static_cast<std::uint64_t>(i));
            }
            write_bytes(fs::path(words[1]) / std::to_string(i), mutator->next());
        }
        return 0;
    }
    const int all = std::atoi(what.c_str());
    while (counts.files < all) {
        const auto source = [&](const std::vector<std::string>& seeds) {
            const auto first = static_cast<std::uint64_t>(counts.files);
            return [left = std::min(files_a_process, all - counts.files),
                    mutator = mutator_of(name, target, seeds, seed_in(words) + first)](std::string& bytes) mutable {
                return left-- > 0 && (bytes = mutator.next(), true);
            };
        };
        if (fuzz(name, target, source, counts) != 0) {
            return 1;
        }
    }
    return summary();
}

int judge_lines()
{
    for (std::string line; std::getline(std::cin, line);) {
        if (const std::string fault = tests::fault_of_text(line); !fault.empty()) {
            fmt::print("{} in: {}\n", fault, line);
            return 1;
        }
    }
    return 0;
}

}  // namespace

#if defined(__SANITIZE_ADDRESS__)
/// What libvorbis keeps of a damaged header that libsndfile gives it, and HDF5 of a file that it cannot read, is not ours to free.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions()
{
    return "leak:libvorbis\nleak:vorbis_info_init\nleak:libsndfile\nleak:libhdf5\n";
}
#endif

int main(int argc, char** argv)
{
    std::map<std::string, Target> targets = tests::targets_of_data();
    targets.merge(tests::targets_of_sweeps());
    if (argc == 2 && std::string(argv[1]) == "list") {
        for (const auto& [name, target] : targets) {
            fmt::print("{}\n", name);
        }
        return 0;
    }
    if (argc == 2 && std::string(argv[1]) == "judge") {
        return judge_lines();
    }
    const auto target = argc > 2 ? targets.find(argv[1]) : targets.end();
    if (target == targets.end()) {
        fmt::print(stderr, "fuzz TARGET COUNT [SEED]; `fuzz list` names the targets\n");
        return 2;
    }
    return run(target->first, target->second, std::span(argv, static_cast<std::size_t>(argc)).subspan(2));
}
