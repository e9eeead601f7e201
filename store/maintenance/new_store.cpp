#include "store/maintenance/new_store.h"

#include "files/durable_file.h"
#include "files/folders.h"
#include "store/error.h"
#include "store/store.h"

namespace attnsweep::store {

namespace fs = std::filesystem;

void refuse_if_there(const fs::path& out)
{
    for (const fs::path& path : {out, folder_beside(out)}) {
        if (fs::exists(path)) {
            throw Error(Error::Kind::unwritable,
                        path.string() + " is there already and is not overwritten; name another file, or remove it");
        }
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
    std::error_code code;
    for (std::filesystem::directory_iterator entry(from, code), end; !code && entry != end; entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        if (!entry->is_regular_file(code) || name.find(".tmp-") != std::string::npos) {
            continue;
        }
        files::create_folders(to);
        bytes += copy_one(entry->path(), to / name);
    }
    return bytes;
}

}  // namespace attnsweep::store
