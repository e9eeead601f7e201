#include "data/recording_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include <fmt/format.h>

#include "data/error.h"
#include "data/folder_walk.h"
#include "data/label.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;

constexpr auto folder_form = "expected one sub-folder per instrument (FOLDER/violin/a.mp3, FOLDER/tuba/b.wav, ...), or "
                             "give --manifest files.csv";

void require_two_classes(const RecordingList& list, const fs::path& where, const std::string& hint = {})
{
    if (list.labels.size() < 2) {
        throw Error(fmt::format("{}: only one class, `{}`; a network needs at least two to tell apart: {}",
                                where.string(), list.labels.front(),
                                hint.empty() ? "add another instrument's recordings" : hint),
                    where);
    }
}

// The part of a split that a folder of this name holds in the layout of most published data sets.
ManifestSplit part_named(const fs::path& folder)
{
    std::string name = folder.filename().string();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto is_one_of = [&](auto... names) { return ((name == names) || ...); };
    return is_one_of("train", "training")                           ? ManifestSplit::train
           : is_one_of("valid", "validation", "val", "dev", "eval") ? ManifestSplit::validation
           : is_one_of("test", "testing")                           ? ManifestSplit::test
                                                                    : ManifestSplit::none;
}

bool are_parts_of_a_split(const std::vector<fs::path>& folders)
{
    std::set<ManifestSplit> parts;
    for (const fs::path& folder : folders) {
        parts.insert(part_named(folder));
    }
    parts.erase(ManifestSplit::none);
    return parts.contains(ManifestSplit::train) && parts.size() > 1;
}

std::string names_of(const std::vector<fs::path>& paths, std::size_t most = 5)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(most, paths.size()); ++i) {
        text += (i > 0 ? ", " : "") + escaped_name(paths[i].filename().string());
    }
    return paths.size() > most ? text + ", ..." : text;
}

// Builds a list from the folders of classes.
class FolderLister {
public:
    FolderLister(const fs::path& root, const fs::path& out) : root_(root), out_(out) {}

    void add(const fs::path& folder, ManifestSplit part)
    {
        const std::string label = class_label(folder.filename().string(), escaped_name(folder.parent_path().string()));
        FolderContent content = content_of(folder, out_);
        list_.other_files += content.other_files;
        list_.notes.insert(list_.notes.end(), content.notes.begin(), content.notes.end());
        for (fs::path& path : content.audio) {
            Recording recording;
            recording.source = escaped_name(path.lexically_relative(root_).generic_string());
            recording.path = std::move(path);
            recording.label = label;
            recording.split = part;
            list_.recordings.push_back(std::move(recording));
        }
        (content.audio.empty() ? empty_ : labels_).insert(label);
        std::vector<std::string>& names = folders_[label];
        const std::string name = folder.filename().string();
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
        is_nested_ =
            is_nested_ && (content.audio.empty() || (!content.has_audio_itself && content.audio_folders.size() > 1));
        if (!content.audio_folders.empty()) {
            nested_example_ = folder.filename().string() + " (" + names_of(content.audio_folders) + ")";
        }
        if (!content.audio.empty()) {
            sub_folders_ = content.audio_folders;
        }
    }

    RecordingList finish(std::vector<std::string> notes)
    {
        list_.notes.insert(list_.notes.begin(), notes.begin(), notes.end());
        list_.labels.assign(labels_.begin(), labels_.end());
        std::set_difference(empty_.begin(), empty_.end(), labels_.begin(), labels_.end(),
                            std::back_inserter(list_.empty_folders));
        for (const auto& [label, names] : folders_) {
            if (names.size() > 1) {
                list_.notes.push_back(
                    fmt::format("{} folders are one class, `{}`: their names differ only in blanks at "
                                "the ends, or in how Unicode composes letters",
                                names.size(), label));
            }
        }
        if (is_nested_ && labels_.size() > 1) {
            list_.notes.push_back(
                fmt::format("every class has its recordings in folders of its own, as in {}; if those "
                            "are the classes, give a --manifest",
                            nested_example_));
        }
        return std::move(list_);
    }

    bool is_empty() const { return list_.recordings.empty(); }
    /// What to do where there is one class.
    std::string remedy() const
    {
        return sub_folders_.size() > 1 ? fmt::format("or are its sub-folders the classes ({})? Then give that folder",
                                                     names_of(sub_folders_))
                                       : "";
    }

private:
    fs::path root_, out_;
    RecordingList list_;
    std::set<std::string> labels_, empty_;
    std::map<std::string, std::vector<std::string>> folders_;  // label -> names of its folders
    bool is_nested_ = true;
    std::string nested_example_;
    std::vector<fs::path> sub_folders_;  // of the last class
};

void note_case(RecordingList& list)
{
    for (const std::string& pair : differ_in_case_only(list.labels)) {
        list.notes.push_back(
            fmt::format("classes {} differ only in upper and lower case, or in characters that nobody sees; they are "
                        "different classes",
                        pair));
    }
}

// The folders to take as classes, each with its part of the split.
std::vector<std::pair<fs::path, ManifestSplit>> class_folders(const fs::path& root, const fs::path& out,
                                                              bool split_from_folders, std::vector<std::string>& notes)
{
    const std::vector<fs::path> folders = folders_in(root, out, notes);
    std::error_code code;
    if (folders.empty()) {
        throw Error(fmt::format("{}: {}; {}", root.string(),
                                fs::is_empty(root, code) ? "is empty" : "has no sub-folders", folder_form),
                    root);
    }
    std::vector<std::pair<fs::path, ManifestSplit>> classes;
    if (!split_from_folders) {
        if (are_parts_of_a_split(folders)) {
            throw Error(fmt::format("{}: its sub-folders ({}) are the parts of a split, not classes; give "
                                    "--split-from-folders to take the classes from the folders in them, or --manifest "
                                    "files.csv",
                                    root.string(), names_of(folders)),
                        root);
        }
        for (const fs::path& folder : folders) {
            classes.emplace_back(folder, ManifestSplit::none);
        }
        return classes;
    }
    for (const fs::path& folder : folders) {
        const ManifestSplit part = part_named(folder);
        if (part == ManifestSplit::none) {
            throw Error(fmt::format("{}: `{}` names no part of a split; with --split-from-folders, expected train, "
                                    "validation (valid, val, dev) and test, and in each of them one folder per "
                                    "instrument",
                                    root.string(), escaped_name(folder.filename().string())),
                        root);
        }
        for (const fs::path& sub : folders_in(folder, out, notes)) {
            classes.emplace_back(sub, part);
        }
    }
    if (!are_parts_of_a_split(folders)) {
        throw Error(fmt::format("{}: has only {}; with --split-from-folders, expected at least train and test",
                                root.string(), names_of(folders)),
                    root);
    }
    return classes;
}

}  // namespace

RecordingList list_folder(const fs::path& folder, const fs::path& out, bool split_from_folders)
{
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
        throw Error(fmt::format("{}: {}; {}", folder.string(),
                                fs::exists(folder, code) ? "is not a folder" : "does not exist", folder_form),
                    folder);
    }
    std::vector<std::string> notes;
    const auto classes = class_folders(folder, out, split_from_folders, notes);
    FolderLister lister(folder, out);
    for (const auto& [path, part] : classes) {
        lister.add(path, part);
    }
    if (lister.is_empty()) {
        throw Error(
            fmt::format("{}: no audio file in its {} sub-folders; {}", folder.string(), classes.size(), folder_form),
            folder);
    }
    RecordingList list = lister.finish(std::move(notes));
    list.has_split = split_from_folders;
    require_two_classes(list, folder, lister.remedy());
    note_case(list);
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
        recording.source = escaped_name(row.path.generic_string());
        recording.place = fmt::format("{}:{}: ", manifest_path.string(), row.line);
        recording.label = row.label;
        recording.group = row.group;
        recording.split = row.split;
        recording.start_s = row.start_s;
        recording.end_s = row.end_s;
        std::error_code code;
        if (!fs::exists(recording.path, code) && missing++ == 0) {
            first_missing = fmt::format("{}no file `{}`", recording.place, escaped_name(recording.path.native()));
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
    note_case(list);
    return list;
}

}  // namespace attnsweep::data
