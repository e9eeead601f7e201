#include "store/maintenance/new_store.h"

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "files/folders.h"
#include "store/error.h"
#include "store/file_error.h"
#include "store/store.h"

namespace attnsweep::store {

namespace fs = std::filesystem;

namespace {

Error is_there(const fs::path& path)
{
    return {Error::Kind::unwritable,
            path.string() + " is there already and is not overwritten; name another file, or remove it"};
}

void refuse_if_there(const fs::path& out)
{
    for (const fs::path& path : {out, folder_beside(out)}) {
        if (fs::exists(fs::symlink_status(path))) {
            throw is_there(path);
        }
    }
}

/// Removes at its end, unless all is well, what this process has made at `out`, and the folders above it that it made.
class Unfinished {
public:
    /// Makes the folder of the store, and those above it.
    explicit Unfinished(const fs::path& out) : out_(out)
    {
        std::error_code none;
        for (fs::path folder = files::folder_of(out); !fs::exists(folder, none); folder = files::folder_of(folder)) {
            new_folders_.push_back(folder);
        }
        try {
            files::create_folders(files::folder_of(out));
            is_ours_ = ::mkdir(folder_beside(out).c_str(), 0777) == 0;
            if (!is_ours_ && errno != EEXIST) {
                throw files::Error(folder_beside(out), "the folder cannot be created", errno);
            }
        } catch (...) {
            remove_new_folders();
            throw;
        }
    }
    ~Unfinished()
    {
        if (is_finished_ || !is_ours_) {
            return;
        }
        std::error_code ignored;
        fs::remove(out_, ignored);
        fs::remove(folder_beside(out_), ignored);  // an empty one also without a descriptor to list it
        fs::remove_all(folder_beside(out_), ignored);
        const std::string temporary = out_.filename().string() + ".tmp-" + std::to_string(::getpid()) + "-";
        std::vector<fs::path> left;
        for (fs::directory_iterator entry(files::folder_of(out_), ignored), end; !ignored && entry != end;
             entry.increment(ignored)) {
            if (entry->path().filename().string().starts_with(temporary)) {
                left.push_back(entry->path());
            }
        }
        for (const fs::path& path : left) {
            fs::remove(path, ignored);
        }
        remove_new_folders();
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

    /// Returns whether this process has made the folder: of two at once one has.
    bool is_ours() const { return is_ours_; }
    void finish() { is_finished_ = true; }

private:
    void remove_new_folders() const
    {
        std::error_code ignored;
        for (const fs::path& folder : new_folders_) {
            fs::remove(folder, ignored);  // not if another process has written into it
        }
    }

    fs::path out_;
    std::vector<fs::path> new_folders_;  ///< the innermost first
    bool is_ours_ = false, is_finished_ = false;
};

Error cannot_be_made(const fs::path& out, Error::Kind kind, const std::string& why)
{
    return {kind, out.string() + " cannot be made, and nothing of it is left: " + why};
}

}  // namespace

void make_new_store(const fs::path& out, const std::function<void()>& make)
{
    refuse_if_there(out);
    bool is_ours = false;
    try {
        Unfinished made(out);
        is_ours = made.is_ours();
        if (is_ours) {
            make();
            made.finish();
        }
    } catch (const files::Error& failure) {
        throw cannot_be_made(out, kind_of_file_error(failure), failure.what());
    } catch (const fs::filesystem_error& failure) {
        const files::Error error(failure.path1(), "cannot be read", failure.code().value());
        throw cannot_be_made(out, kind_of_file_error(error), error.what());
    } catch (const Error& failure) {
        throw cannot_be_made(out, failure.kind(), failure.what());
    }
    if (!is_ours) {
        throw is_there(folder_beside(out));
    }
}

void require_listed(const fs::path& folder, const std::error_code& code)
{
    if (code && code != std::errc::no_such_file_or_directory && code != std::errc::not_a_directory) {
        throw files::Error(folder, "cannot be read", code.value());
    }
}

std::uintmax_t copy_one(const fs::path& from, const fs::path& to)
{
    const std::string bytes = files::read_file(from);
    files::write_durably(to, bytes);
    return bytes.size();
}

std::uintmax_t copy_files(const std::filesystem::path& from, const std::filesystem::path& to)
{
    std::uintmax_t bytes = 0;
    std::error_code code, none;
    for (std::filesystem::directory_iterator entry(from, code), end; !code && entry != end; entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        if (!entry->is_regular_file(none) || name.find(".tmp-") != std::string::npos) {
            continue;
        }
        files::create_folders(to);
        bytes += copy_one(entry->path(), to / name);
    }
    require_listed(from, code);
    return bytes;
}

}  // namespace attnsweep::store
