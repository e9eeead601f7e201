#pragma once

#include <array>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

namespace attnsweep::tests {

/// Runs `work` in a process of another user, and returns what it returns, or "threw: " and the words of what it throws.
/// Needs root.
inline std::string as_user(uid_t user, const std::function<std::string()>& work)
{
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return "no pipe";
    }
    const pid_t child = ::fork();
    if (child == 0) {
        std::string said;
        if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) {
            said = "cannot be another user";
        } else {
            try {
                said = work();
            } catch (const std::exception& error) {
                said = std::string("threw: ") + error.what();
            }
        }
        const bool is_said = ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
        ::_exit(is_said ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = ::read(ends[0], piece.data(), piece.size())) > 0;) {
        said.append(piece.data(), static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
}

/// Whether as_user() works here: not for others than root, and not in a user namespace of one user.
inline bool can_be_other_users()
{
    return as_user(65533, [] { return std::string("yes"); }) == "yes";
}

}  // namespace attnsweep::tests
