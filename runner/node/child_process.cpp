#include "runner/node/child_process.h"

#include <csignal>
#include <cstring>

#include <unistd.h>

namespace attnsweep::runner {

namespace {

/// Returns whether a variable is the launcher's.
bool is_the_launchers(const char* variable)
{
    for (const char* prefix : {"OMPI_", "PMIX_", "PRTE_", "PMI_", "MPI_LOCAL", "ORTE_"}) {
        if (std::strncmp(variable, prefix, std::strlen(prefix)) == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::vector<std::string> environment_of_children()
{
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (!is_the_launchers(*variable)) {
            variables.emplace_back(*variable);
        }
    }
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (std::string& each : strings) {
        result.push_back(each.data());
    }
    result.push_back(nullptr);
    return result;
}

SpawnSettings::SpawnSettings()
{
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGCHLD, SIGPIPE}) {
        sigaddset(&defaults, number);
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

SpawnSettings::~SpawnSettings()
{
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
}

}  // namespace attnsweep::runner
