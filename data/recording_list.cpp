#include "data/recording_list.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "data/audio.h"
#include "data/error.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;

constexpr auto folder_form = "expected one sub-folder per instrument (FOLDER/violin/a.mp3, FOLDER/tuba/b.wav, ...), or "
                             "give --manifest files.csv";

bool is_hidden(const fs::path& path)
{
    return path.filename().string().starts_with('.');
}

void require_two_classes(const RecordingList& list, const fs::path& where)
{
    if (list.labels.size() < 2) {
        throw Error(fmt::format("{}: only one class, `{}`; a network needs at least two to tell apart: add another "
                                "instrument's recordings",
                                where.string(), list.labels.front()),
                    where);
    }
}

std::vector<fs::path> sub_folders(const fs::path& folder, const fs::path& out)
{
    std::vector<fs::path> folders;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(folder, code)) {
        if (entry.is_directory() && !is_hidden(entry.path()) && !fs::equivalent(entry.path(), out, code)) {
            folders.push_back(entry.path());
        }
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

// Adds the recordings of one class; returns how many were found.
std::size_t add_class(const fs::path& root, const fs::path& folder, RecordingList& list)
{
    std::vector<fs::path> files;
    const auto options = fs::directory_options::follow_directory_symlink;
    for (auto entry = fs::recursive_directory_iterator(folder, options); entry != fs::recursive_directory_iterator();
         ++entry) {
        if (is_hidden(entry->path())) {
            entry.disable_recursion_pending();
            continue;
        }
        if (entry->is_directory()) {
            continue;
        }
        if (looks_like_audio(entry->path())) {
            files.push_back(entry->path());
        } else {
            ++list.other_files;
        }
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        Recording recording;
        recording.path = file;
        recording.source = file.lexically_relative(root).generic_string();
        recording.label = folder.filename().string();
        list.recordings.push_back(std::move(recording));
    }
    return files.size();
}

}  // namespace

RecordingList list_folder(const fs::path& folder, const fs::path& out)
{
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
        throw Error(fmt::format("{}: {}; {}", folder.string(),
                                fs::exists(folder, code) ? "is not a folder" : "does not exist", folder_form),
                    folder);
    }
    if (fs::directory_iterator(folder, code); code) {
        throw Error(fmt::format("{}: cannot be read: {}", folder.string(), code.message()), folder, code.value());
    }
    const std::vector<fs::path> folders = sub_folders(folder, out);
    if (folders.empty()) {
        throw Error(fmt::format("{}: {}; {}", folder.string(),
                                fs::is_empty(folder, code) ? "is empty" : "has no sub-folders", folder_form),
                    folder);
    }
    RecordingList list;
    for (const fs::path& sub : folders) {
        try {
            const bool found = add_class(folder, sub, list) > 0;
            (found ? list.labels : list.empty_folders).push_back(sub.filename().string());
        } catch (const fs::filesystem_error& error) {
            throw Error(fmt::format("{}: cannot be read: {}", sub.string(), error.code().message()), sub,
                        error.code().value());
        }
    }
    if (list.recordings.empty()) {
        throw Error(
            fmt::format("{}: no audio file in its {} sub-folders; {}", folder.string(), folders.size(), folder_form),
            folder);
    }
    require_two_classes(list, folder);
    return list;
}

RecordingList list_manifest(const fs::path& manifest_path)
{
    const Manifest manifest = read_manifest(manifest_path);
    RecordingList list;
    list.has_split = manifest.has_split;
    std::set<std::string> labels;
    std::string first_missing;
    std::size_t missing = 0;
    for (const ManifestRow& row : manifest.rows) {
        Recording recording;
        recording.path = row.path.is_absolute() ? row.path : manifest_path.parent_path() / row.path;
        recording.source = row.path.generic_string();
        recording.place = fmt::format("{}:{}: ", manifest_path.string(), row.line);
        recording.label = row.label;
        recording.group = row.group;
        recording.split = row.split;
        recording.start_s = row.start_s;
        recording.end_s = row.end_s;
        std::error_code code;
        if (!fs::exists(recording.path, code) && missing++ == 0) {
            first_missing = fmt::format("{}no file `{}`", recording.place, recording.path.string());
        }
        labels.insert(row.label);
        list.recordings.push_back(std::move(recording));
    }
    if (missing > 0) {
        throw Error(fmt::format("{}{}; paths are relative to the manifest's folder: correct the path or remove the "
                                "line",
                                first_missing, missing > 1 ? fmt::format(" (and {} more missing)", missing - 1) : ""),
                    manifest_path);
    }
    list.labels.assign(labels.begin(), labels.end());
    require_two_classes(list, manifest_path);
    return list;
}

}  // namespace attnsweep::data
