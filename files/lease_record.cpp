#include "files/lease_record.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <system_error>

#include <unistd.h>

#include "files/durable_file.h"
#include "files/host_name.h"

namespace attnsweep::files {

namespace {

using Holder = Lease::Holder;

std::string boot_id()
{
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    file >> id;
    std::error_code ignored;
    const std::string space = std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
    return (id.empty() ? "unknown" : id) + "/" + space;
}

/// Returns field 22 of /proc/PID/stat (the first after the name's closing bracket is the third); empty if there is no
/// such process.
std::string start_of(long pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) {
        return {};
    }
    std::istringstream fields(line.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) {
        fields >> field;
    }
    return field;
}

}  // namespace

Holder this_holder()
{
    Holder holder;
    holder.host = host_name();
    holder.boot = boot_id();
    holder.pid = ::getpid();
    holder.started = start_of(::getpid());
    return holder;
}

std::string line_of(const Holder& holder)
{
    std::ostringstream text;
    text << holder.host << ' ' << holder.boot << ' ' << holder.pid << ' ' << holder.started << ' ' << holder.generation
         << ' ' << holder.period_s << ' ' << holder.locked << '\n';
    return text.str();
}

std::string released_line(std::int64_t generation)
{
    Holder nobody;
    nobody.host = nobody.boot = nobody.started = "-";
    nobody.generation = generation;
    return line_of(nobody);
}

std::optional<Holder> holder_in(const std::filesystem::path& path)
{
    std::string line;
    try {
        line = read_file(path);
    } catch (const Error& error) {
        if (error.code() == ENOENT || error.code() == ENOTDIR) {
            return std::nullopt;
        }
        throw;
    }
    Holder holder;
    std::istringstream fields(line);
    fields >> holder.host >> holder.boot >> holder.pid >> holder.started >> holder.generation >> holder.period_s >>
        holder.locked;
    return holder;
}

bool is_of_this_boot(const Holder& holder)
{
    return holder.host == host_name() && holder.boot == boot_id();
}

bool is_alive(const Holder& holder)
{
    if (holder.pid <= 0 || (::kill(static_cast<pid_t>(holder.pid), 0) != 0 && errno != EPERM)) {
        return false;
    }
    return holder.started.empty() || holder.started == start_of(holder.pid);
}

}  // namespace attnsweep::files
