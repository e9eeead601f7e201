#include "data/folder_walk.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "data/audio/file_kind.h"
#include "data/error.h"
#include "data/label.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_unreadable(const fs::path& path, const std::error_code& code)
{
    throw Error(fmt::format("{}: cannot be read: {}; give read permission, or leave it out",
                            escaped_name(path.native()), code.message()),
                path, code.value());
}

enum class EntryKind { folder, file, link_that_leads_back, dead_link };

// A link to a folder that contains it: to follow it would list everything again, without end.
bool leads_back(const fs::path& path)
{
    std::error_code code;
    if (!fs::is_symlink(path, code)) {
        return false;
    }
    const fs::path target = fs::canonical(path, code);
    const fs::path here = fs::canonical(path.parent_path(), code);
    return !code && std::mismatch(target.begin(), target.end(), here.begin(), here.end()).first == target.end();
}

EntryKind kind_of(const fs::path& path)
{
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    const bool is_absent = code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory ||
                           code == std::errc::too_many_symbolic_link_levels;
    if (code && !is_absent) {
        refuse_unreadable(path, code);
    }
    if (fs::is_directory(status)) {
        return leads_back(path) ? EntryKind::link_that_leads_back : EntryKind::folder;
    }
    std::error_code ignored;
    const bool is_dead = !fs::exists(status) && fs::is_symlink(path, ignored);
    return is_dead ? EntryKind::dead_link : EntryKind::file;
}

std::string note_of(const fs::path& path, EntryKind kind)
{
    return fmt::format("{}: a link {}; not followed", escaped_name(path.native()),
                       kind == EntryKind::dead_link ? "that leads nowhere, or to itself"
                                                    : "to a folder that contains it");
}

std::vector<fs::path> visible_entries(const fs::path& folder)
{
    std::vector<fs::path> entries;
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        if (!entry->path().filename().string().starts_with('.')) {
            entries.push_back(entry->path());
        }
    }
    if (code) {
        refuse_unreadable(folder, code);
    }
    return entries;
}

class Walk {
public:
    explicit Walk(const fs::path& out) : out_(out) {}

    // Returns whether there is audio in the folder or below.
    bool operator()(const fs::path& folder, FolderContent& content)
    {
        std::error_code code;
        const fs::path real = fs::canonical(folder, code);
        if (!code && !seen_.insert(real).second) {
            content.notes.push_back(
                fmt::format("{}: another way to a folder of this class; listed once", escaped_name(folder.native())));
            return false;
        }
        bool has_audio = false;
        const bool is_top = seen_.size() == 1;
        for (const fs::path& entry : visible_entries(folder)) {
            const EntryKind kind = kind_of(entry);
            if (kind == EntryKind::folder) {
                const bool below = operator()(entry, content);
                has_audio = has_audio || below;
                if (below && is_top) {
                    content.audio_folders.push_back(entry);
                }
            } else if (kind == EntryKind::link_that_leads_back ||
                       (kind == EntryKind::dead_link && !looks_like_audio(entry))) {
                content.notes.push_back(note_of(entry, kind));
            } else if (looks_like_audio(entry)) {  // a dead link with such a name is listed among what cannot be used
                content.audio.push_back(entry);
                has_audio = true;
                content.has_audio_itself = content.has_audio_itself || is_top;
            } else {
                ++content.other_files;
            }
        }
        if (has_audio && fs::equivalent(folder, out_, code)) {
            throw Error(fmt::format("--out {}: holds recordings that are to be read, and the data set would be written "
                                    "among them; give a new folder",
                                    escaped_name(out_.native())),
                        out_);
        }
        return has_audio;
    }

private:
    const fs::path& out_;
    std::set<fs::path> seen_;  // real folders: links to one another would have no end
};

}  // namespace

std::vector<fs::path> folders_in(const fs::path& folder, const fs::path& out, std::vector<std::string>& notes)
{
    std::vector<fs::path> folders;
    for (const fs::path& entry : visible_entries(folder)) {
        std::error_code code;
        const EntryKind kind = kind_of(entry);
        if (kind == EntryKind::folder && fs::equivalent(entry, out, code)) {
            content_of(entry, out);
        } else if (kind == EntryKind::folder) {
            folders.push_back(entry);
        } else if (kind == EntryKind::link_that_leads_back || kind == EntryKind::dead_link) {
            notes.push_back(note_of(entry, kind));
        }
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

FolderContent content_of(const fs::path& folder, const fs::path& out)
{
    FolderContent content;
    Walk walk(out);
    walk(folder, content);
    std::sort(content.audio.begin(), content.audio.end());
    std::sort(content.audio_folders.begin(), content.audio_folders.end());
    std::sort(content.notes.begin(), content.notes.end());
    return content;
}

}  // namespace attnsweep::data
