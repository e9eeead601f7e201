#include "data/data_set_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reason.h"
#include "configs/shell_word.h"
#include "data/data_config.h"
#include "data/error.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

constexpr auto format_name = "attnsweep data set";
// 2 has geometry.clip_s. Clips of the paper's length are written as 1: see shard_layout.h.
constexpr int format_version = 2, format_without_clip_s = 1;

DataSetFile parse(const nlohmann::json& json)
{
    DataSetFile file;
    configs::DataSetDescription& description = file.description;
    json.at("geometry").get_to(description.geometry);
    try {
        check_geometry(description.geometry, "geometry", {});
    } catch (const Error& error) {
        throw configs::Error(error.what());
    }
    file.ingest_version = json.value("ingest_version", ingest_version);
    json.at("classes").get_to(description.classes);
    json.at("clips_per_class").get_to(description.clips_per_class);
    json.at("clips").get_to(description.clips);
    json.at("recordings").get_to(description.recordings);
    json.at("has_manifest_split").get_to(description.has_manifest_split);
    description.pads_short = json.value("pads_short", false);
    for (const nlohmann::json& entry : json.at("spectrograms")) {
        configs::SpectrogramSet set;
        set.spectrogram = configs::spectrogram_from(entry.at("spectrogram").get<std::string>());
        entry.at("digest").get_to(set.digest);
        std::vector<ShardCheck> checks;
        for (const nlohmann::json& shard : entry.at("shards")) {
            set.shards.push_back(shard.at("file").get<std::string>());
            ShardCheck check;
            shard.at("bytes").get_to(check.bytes);
            if (shard.contains("crc32c")) {
                check.crc32c = shard.at("crc32c").get<std::uint32_t>();
                check.table_crc32c = shard.at("table_crc32c").get<std::uint32_t>();
            }
            checks.push_back(check);
        }
        description.spectrograms.push_back(std::move(set));
        file.shards.push_back(std::move(checks));
    }
    return file;
}

bool has_data_set(const std::filesystem::path& folder)
{
    std::error_code code;
    return std::filesystem::is_regular_file(folder / data_set_file_name, code);
}

// The first data set, by name, in a folder or beside it: people give the folder of the recordings, or the one above.
std::string data_set_near(const std::filesystem::path& folder)
{
    for (const std::filesystem::path& where :
         {folder, std::filesystem::absolute(folder / "").lexically_normal().parent_path().parent_path()}) {
        std::set<std::filesystem::path> found;
        std::error_code code;
        for (std::filesystem::directory_iterator entry(where, code), end; !code && entry != end;
             entry.increment(code)) {
            if (has_data_set(entry->path())) {
                found.insert(entry->path());
            }
        }
        if (!found.empty()) {
            return found.begin()->string();
        }
    }
    return {};
}

// An ingest is proposed only where it would write beside nothing else: not into somebody's recordings.
std::string why_no_data_set(const std::filesystem::path& folder)
{
    std::error_code code;
    const bool is_file = std::filesystem::is_regular_file(folder, code);
    const bool is_free =
        !std::filesystem::exists(folder, code) || (!is_file && std::filesystem::is_empty(folder, code));
    if (is_free || code || std::filesystem::exists(folder / "ingest-unfinished.json", code)) {
        return fmt::format("no data set here ({} is missing); make one: attnsweep ingest AUDIO_DIR --out {}",
                           data_set_file_name, configs::shell_path(folder.string()));
    }
    const std::string near = data_set_near(folder);
    return fmt::format("{}; --data takes the folder that `attnsweep ingest --out` wrote{}",
                       is_file ? "is a file" : fmt::format("no data set here ({} is missing)", data_set_file_name),
                       near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

}  // namespace

std::set<std::string> listed_shards(const DataSetFile& file)
{
    std::set<std::string> names;
    for (const configs::SpectrogramSet& set : file.description.spectrograms) {
        names.insert(set.shards.begin(), set.shards.end());
    }
    return names;
}

DataSetFile read_data_set_file(const std::filesystem::path& folder)
{
    const std::filesystem::path path = folder / data_set_file_name;
    std::error_code code;
    const bool is_there = std::filesystem::exists(path, code);
    if (code == std::errc::permission_denied) {
        throw Error(fmt::format("{}: cannot be read: {}; give yourself read and search permission (r and x) for its "
                                "folder, and search permission for those above",
                                path.string(), code.message()),
                    path, code.value());
    }
    if (!is_there) {
        throw Error(fmt::format("{}: {}", folder.string(), why_no_data_set(folder)), path);
    }
    std::string text;
    try {
        text = files::read_file(path);
    } catch (const files::Error& error) {
        throw Error(error.what(), path, error.code());
    }
    const auto damaged = [&](const std::string& reason) {
        return Error(fmt::format("{}: is damaged: {}; ingest again: attnsweep ingest ... --out {} --overwrite",
                                 path.string(), reason, configs::shell_path(folder.string())),
                     path);
    };
    if (text.empty()) {
        throw damaged("it is empty (0 bytes)");
    }
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        if (!json.is_object()) {
            throw damaged("it is no JSON object but " + configs::json_shown(json));
        }
        if (json.value("format", "") != format_name) {
            throw damaged(fmt::format("its `format` is not \"{}\"", format_name));
        }
        const int version = json.at("format_version").get<int>();
        if (version > format_version) {
            throw Error(fmt::format("{}: written by a newer attnsweep (format {}, this one reads up to {}); update "
                                    "attnsweep, or ingest again into another folder",
                                    path.string(), version, format_version),
                        path);
        }
        DataSetFile file = parse(json);
        file.description.path = folder.string();
        return file;
    } catch (const nlohmann::json::parse_error& error) {
        throw damaged(error.byte > text.size() ? "it ends in the middle (a cut copy?)"
                                               : fmt::format("it is no JSON from byte {} on", error.byte));
    } catch (const nlohmann::json::type_error&) {
        throw damaged("a value is not of the kind that it must be (a number, a text, a list)");
    } catch (const nlohmann::json::exception& error) {
        throw damaged(configs::json_reason(error.what()));
    } catch (const configs::Error& error) {
        throw damaged(error.what());
    }
}

void write_data_set_file(const std::filesystem::path& folder, const DataSetFile& file)
{
    const configs::DataSetDescription& description = file.description;
    nlohmann::ordered_json json;
    json["format"] = format_name;
    json["format_version"] =
        description.geometry.clip_s != configs::Geometry::paper_clip_s ? format_version : format_without_clip_s;
    json["ingest_version"] = ingest_version;
    json["tool_version"] = "attnsweep " ATTNSWEEP_VERSION;
    json["geometry"] = nlohmann::json(description.geometry);
    json["classes"] = description.classes;
    json["clips_per_class"] = description.clips_per_class;
    json["clips"] = description.clips;
    json["recordings"] = description.recordings;
    json["has_manifest_split"] = description.has_manifest_split;
    if (description.pads_short) {
        json["pads_short"] = true;
    }
    json["spectrograms"] = nlohmann::ordered_json::array();
    for (std::size_t kind = 0; kind < description.spectrograms.size(); ++kind) {
        const configs::SpectrogramSet& set = description.spectrograms[kind];
        nlohmann::ordered_json entry;
        entry["spectrogram"] = configs::to_string(set.spectrogram);
        entry["digest"] = set.digest;
        entry["shards"] = nlohmann::ordered_json::array();
        for (std::size_t shard = 0; shard < set.shards.size(); ++shard) {
            const ShardCheck& check = file.shards[kind][shard];
            nlohmann::ordered_json item = {{"file", set.shards[shard]}, {"bytes", check.bytes}};
            if (check.crc32c && check.table_crc32c) {
                item["crc32c"] = *check.crc32c;
                item["table_crc32c"] = *check.table_crc32c;
            }
            entry["shards"].push_back(std::move(item));
        }
        json["spectrograms"].push_back(std::move(entry));
    }
    files::write_durably(folder / data_set_file_name, json.dump(2) + "\n");
}

}  // namespace attnsweep::data
