#include "store/reading/live_attempts.h"

#include <algorithm>
#include <system_error>

#include "files/checkpoint_file.h"
#include "files/lease.h"

namespace attnsweep::store {

namespace fs = std::filesystem;

LiveAttempts::LiveAttempts(const Store& store)
    : parts_(store.parts()), files_(parts_.empty() ? fs::path() : folder_beside(parts_.front()))
{
    look_again();
}

bool LiveAttempts::look_again()
{
    const std::size_t before = held_.size();
    for (const fs::path& part : parts_) {
        const std::string folder = fs::absolute(folder_beside(part)).lexically_normal().string() + "/";
        if (std::find(held_.begin(), held_.end(), folder) == held_.end() && files::Lease::holder(folder + "lease")) {
            held_.push_back(folder);
        }
    }
    return held_.size() > before;
}

bool LiveAttempts::is_running(const std::string& folder) const
{
    if (!folder.starts_with('/')) {
        return !held_.empty();
    }
    return std::any_of(held_.begin(), held_.end(), [&](const std::string& held) { return folder.starts_with(held); });
}

bool LiveAttempts::has_checkpoint(const std::string& trial_id, const std::string& folder) const
{
    // A single store knows the folder of an attempt only once it has ended.
    const fs::path trial =
        folder.starts_with('/') ? fs::path(folder).parent_path() : attempt_folder_in(files_, trial_id, 1).parent_path();
    std::error_code code;
    for (fs::directory_iterator attempt(trial, code), end; !code && attempt != end; attempt.increment(code)) {
        if (!files::checkpoint_files({attempt->path()}).empty()) {
            return true;
        }
    }
    return false;
}

}  // namespace attnsweep::store
