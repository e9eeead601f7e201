#pragma once

#include <string>
#include <vector>

#include <spawn.h>

namespace attnsweep::runner {

/// What a process that a rank starts gets from it.

/// Returns this process's variables ("NAME=value") without the launcher's: with those a child's libraries would take it for a
/// rank.
std::vector<std::string> environment_of_children();

/// Returns the strings as execve() takes them, which point into `strings`.
std::vector<char*> pointers(std::vector<std::string>& strings);

/// Holds what posix_spawn() is told: a session of its own, no signal blocked, the rank's handlers reset. The caller adds to
/// `actions`.
struct SpawnSettings {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    SpawnSettings();
    ~SpawnSettings();
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
};

}  // namespace attnsweep::runner
