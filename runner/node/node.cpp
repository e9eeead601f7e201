#include "runner/node/node.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "runner/error.h"
#include "runner/node/control_groups.h"

namespace attnsweep::runner {

std::optional<int> number_in_environment(const char* name)
{
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') {
        return std::nullopt;
    }
    char* end = nullptr;
    const long number = std::strtol(text, &end, 10);
    return *end == '\0' ? std::optional(static_cast<int>(number)) : std::nullopt;
}

namespace {

std::vector<int> cores_of_process(pid_t process)
{
    // Larger than any machine: the call fails when the set is smaller than the kernel's.
    constexpr int most = 8192;
    cpu_set_t* set = CPU_ALLOC(most);
    const std::size_t size = CPU_ALLOC_SIZE(most);
    CPU_ZERO_S(size, set);
    std::vector<int> cores;
    if (::sched_getaffinity(process, size, set) == 0) {
        for (int core = 0; core < most; ++core) {
            if (CPU_ISSET_S(static_cast<std::size_t>(core), size, set)) {
                cores.push_back(core);
            }
        }
    }
    CPU_FREE(set);
    return cores;
}

struct ProcessStatus {
    std::string name;
    pid_t parent = 0;
};

ProcessStatus status_of(pid_t process)
{
    ProcessStatus status;
    std::ifstream file(fmt::format("/proc/{}/status", process));
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("Name:\t")) {
            status.name = line.substr(6);
        } else if (line.starts_with("PPid:\t")) {
            status.parent = static_cast<pid_t>(std::atoi(line.c_str() + 6));
        }
    }
    return status;
}

/// Returns the cores of the launcher's process: mpirun binds each rank to one core, but may itself use all of the job's.
std::vector<int> cores_of_launcher()
{
    static constexpr std::array launchers = {"prterun", "prted", "mpirun",        "mpirun.openmpi",  "orterun",
                                             "mpiexec", "orted", "mpiexec.hydra", "hydra_pmi_proxy", "slurmstepd"};
    pid_t process = ::getppid();
    for (int depth = 0; depth < 16 && process > 1; ++depth) {
        const ProcessStatus status = status_of(process);
        if (std::find(launchers.begin(), launchers.end(), status.name) != launchers.end()) {
            return cores_of_process(process);
        }
        process = status.parent;
    }
    return {};
}

std::vector<int> online_cores()
{
    std::ifstream file("/sys/devices/system/cpu/online");  // "0-3,8-11"
    std::vector<int> cores;
    for (std::string piece; std::getline(file, piece, ',');) {
        int first = 0, last = 0;
        const int found = std::sscanf(piece.c_str(), "%d-%d", &first, &last);
        for (int core = first; found > 0 && core <= (found == 2 ? last : first); ++core) {
            cores.push_back(core);
        }
    }
    return cores;
}

}  // namespace

Launch launch_from_environment()
{
    Launch launch;
    for (const auto& [rank, size] :
         {std::pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, std::pair{"PMIX_RANK", "OMPI_COMM_WORLD_SIZE"},
          std::pair{"PMI_RANK", "PMI_SIZE"}, std::pair{"PMIX_RANK", "PMIX_RANK"}}) {
        const auto number = number_in_environment(rank);
        if (!number) {
            continue;
        }
        launch.under_launcher = true;
        launch.launcher = ::getppid();
        launch.rank = *number;
        launch.size = std::max(number_in_environment(size).value_or(1), launch.rank + 1);
        return launch;
    }
    return launch;
}

std::string wrong_launch(int ranks)
{
    const int tasks = number_in_environment("SLURM_STEP_NUM_TASKS").value_or(1);
    if (ranks > 1 || tasks <= 1 || std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr ||
        std::getenv("SLURM_PTY_PORT") != nullptr) {
        return {};
    }
    return fmt::format(
        "srun started {} tasks, but this one is alone: its MPI and Slurm's PMIx do not fit, so each would run the "
        "whole sweep. Start it with mpirun in the job instead (`source env.sh; mpirun -n {} attnsweep run ...`, as "
        "configs/slurm/attnsweep.sbatch does), with one task, or each with its `--part`",
        tasks, tasks);
}

namespace {

/// Returns the number of ranks per virtual node; 0: no virtual nodes.
int ranks_of_virtual_node()
{
    return std::max(0, number_in_environment("ATTNSWEEP_VIRTUAL_NODE").value_or(0));
}

}  // namespace

std::string node_name(const Launch& launch)
{
    const int ranks = ranks_of_virtual_node();
    return ranks > 0 ? fmt::format("{}#{}", host_name(), launch.rank / ranks) : host_name();
}

Node this_node(const Launch& launch)
{
    Node node;
    node.name = node_name(launch);
    if (launch.under_launcher) {
        node.cores = cores_of_launcher();
    }
    // Of several ranks under a launcher not known above, each may be bound to one core: no measure of what the job was given.
    if (node.cores.empty() && launch.size == 1) {
        node.cores = cores_of_process(0);
    }
    if (node.cores.empty()) {
        node.cores = online_cores();
    }
    if (node.cores.empty()) {
        throw Error("cannot determine the machine's cores: neither sched_getaffinity nor "
                    "/sys/devices/system/cpu/online works");
    }
    node.usable_cores = static_cast<int>(node.cores.size());
    const double quota = ControlGroups().cores();
    if (quota < node.usable_cores) {
        // A quota does not name cores: trials bound to some would compete with other users of these.
        node.usable_cores = std::max(1, static_cast<int>(std::ceil(quota)));
        node.cores.clear();
    }
    if (const int ranks = ranks_of_virtual_node(); ranks > 0) {
        return part_of(node, node.name, launch.rank / ranks, (launch.size + ranks - 1) / ranks);
    }
    return node;
}

Node part_of(const Node& host, const std::string& name, int number, int parts)
{
    Node node = host;
    node.name = name;
    node.on_host = host.on_host * parts;
    node.usable_cores = std::max(1, host.usable_cores / parts);
    node.cores.clear();
    for (int i = 0; i < node.usable_cores && !host.cores.empty(); ++i) {
        node.cores.push_back(host.cores[static_cast<std::size_t>(number * node.usable_cores + i) % host.cores.size()]);
    }
    return node;
}

std::int64_t available_memory_bytes()
{
    std::ifstream file("/proc/meminfo");
    std::string name, unit;
    for (std::int64_t kib = 0; file >> name >> kib; std::getline(file, unit)) {
        if (name == "MemAvailable:") {
            return std::min(1024 * kib, ControlGroups().memory_left());
        }
    }
    return 0;
}

}  // namespace attnsweep::runner
