#include "reports/others_files.h"

#include <fstream>
#include <system_error>

#include "store/error.h"

namespace attnsweep::reports {

bool is_of_others(const std::filesystem::path& file, std::string_view mark)
{
    constexpr std::size_t most = std::size_t{64} * 1024;
    std::error_code none;
    const std::filesystem::file_status status = std::filesystem::status(file, none);
    if (!std::filesystem::is_regular_file(status)) {
        // A link that leads nowhere is somebody's too.
        return std::filesystem::exists(std::filesystem::symlink_status(file, none));
    }
    std::string beginning(most, '\0');
    std::ifstream stream(file, std::ios::binary);
    stream.read(beginning.data(), most);
    beginning.resize(static_cast<std::size_t>(stream.gcount()));
    return !(beginning.empty() && stream.eof()) && beginning.find(mark) == std::string::npos;
}

void refuse_files_of_others(const std::filesystem::path& folder, const std::vector<std::string>& names,
                            std::string_view mark, const std::string& option)
{
    std::error_code none;
    if (std::filesystem::exists(folder / names.front(), none) && !is_of_others(folder / names.front(), mark)) {
        return;
    }
    for (const std::string& name : names) {
        if (std::filesystem::exists(std::filesystem::symlink_status(folder / name, none))) {
            throw store::Error(store::Error::Kind::unwritable,
                               (folder / name).string() +
                                   " is there already and not of attnsweep's making, so nothing is written over it: "
                                   "name another folder with " +
                                   option + ", or move the file away");
        }
    }
}

void refuse_what_is_no_folder(const std::filesystem::path& folder, const std::string& option)
{
    std::error_code none;
    const std::filesystem::file_status there = std::filesystem::status(folder, none);
    if (std::filesystem::exists(there) && !std::filesystem::is_directory(there)) {
        throw store::Error(store::Error::Kind::unwritable,
                           folder.string() + " is there already and is no folder: name another with " + option);
    }
}

}  // namespace attnsweep::reports
