#include "data/data_config.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "configs/nearest_name.h"
#include "configs/toml_reason.h"
#include "data/error.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const toml::source_region& where, const std::string& what)
{
    throw Error(fmt::format("{}:{}:{}: {}", path.string(), where.begin.line, where.begin.column, what), path);
}

void refuse_unknown(const std::filesystem::path& path, const toml::table& table, const std::string& section,
                    const std::vector<std::string>& known)
{
    for (const auto& [key, value] : table) {
        const std::string_view name = key.str();
        if (std::find(known.begin(), known.end(), name) != known.end()) {
            continue;
        }
        const std::string nearest = configs::nearest_word(name, known);
        fail(path, key.source(),
             fmt::format("unknown key `{}{}`; did you mean `{}`? Known: {}", section, name, nearest,
                         fmt::join(known, ", ")));
    }
}

const toml::table* section_of(const std::filesystem::path& path, const toml::table& root, std::string_view name)
{
    const toml::node* node = root.get(name);
    if (node == nullptr) {
        return nullptr;
    }
    if (!node->is_table()) {
        fail(path, node->source(), fmt::format("`{}` must be a table: [{}]", name, name));
    }
    return node->as_table();
}

void read(const std::filesystem::path& path, const toml::table& table, std::string_view key, int& value)
{
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return;
    }
    const auto number = node->value_exact<std::int64_t>();
    if (!number || *number < 1 || *number > std::numeric_limits<int>::max()) {
        fail(path, node->source(), fmt::format("`geometry.{}` must be a whole number of at least 1", key));
    }
    value = static_cast<int>(*number);
}

void read(const std::filesystem::path& path, const toml::table& table, std::string_view key, double& value)
{
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return;
    }
    if (!node->is_number()) {
        fail(path, node->source(), fmt::format("`geometry.{}` must be a number", key));
    }
    value = *node->value<double>();
}

// The name of an enumerator, read by `from`; its default where it is left out.
template <typename Enum>
void read_choice(const std::filesystem::path& path, const toml::table& table, std::string_view key,
                 Enum (*from)(const std::string&), Enum& value)
{
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return;
    }
    const auto name = node->value_exact<std::string>();
    if (!name) {
        fail(path, node->source(), fmt::format("`ingest.{}` must be a word in quotes: \"drop\"", key));
    }
    try {
        value = from(*name);
    } catch (const Error& error) {
        fail(path, node->source(), fmt::format("`ingest.{}`: {}", key, error.what()));
    }
}

constexpr double shortest_clip_s = 0.01;

}  // namespace

void check_geometry(const configs::Geometry& geometry, const std::string& where,
                    const std::vector<configs::Spectrogram>& kinds)
{
    const auto require = [&](bool holds, std::string_view what) {
        if (!holds) {
            throw Error(fmt::format("{}: {}", where, what));
        }
    };
    require(geometry.sample_rate_hz >= 100 && geometry.sample_rate_hz <= 384000,
            fmt::format("sample_rate_hz = {}, expected 100 to 384000", geometry.sample_rate_hz));
    require(geometry.clip_s >= shortest_clip_s &&
                geometry.clip_s <= configs::Geometry::longest_clip_s,  // false for a NaN
            fmt::format("clip_s = {}, expected {} to {} seconds", geometry.clip_s, shortest_clip_s,
                        configs::Geometry::longest_clip_s));
    require(geometry.hop_samples >= 1 && geometry.hop_samples <= geometry.clip_samples(),
            fmt::format("hop_samples = {}, expected 1 to the samples of a clip ({})", geometry.hop_samples,
                        geometry.clip_samples()));
    require(geometry.n_fft >= 2 && geometry.n_fft % 2 == 0 && geometry.n_fft <= (1 << 20),
            fmt::format("n_fft = {}, expected an even number from 2 to {}", geometry.n_fft, 1 << 20));
    require(geometry.octaves >= 1 && geometry.octaves <= 16,
            fmt::format("octaves = {}, expected 1 to 16", geometry.octaves));
    require(geometry.bins_per_octave >= 1 && geometry.bins_per_octave <= 480,
            fmt::format("bins_per_octave = {}, expected 1 to 480", geometry.bins_per_octave));
    require(std::isfinite(geometry.fmin_hz) && geometry.fmin_hz >= 1,
            fmt::format("fmin_hz = {}, expected at least 1", geometry.fmin_hz));
    if (std::find(kinds.begin(), kinds.end(), configs::Spectrogram::cqt) == kinds.end()) {
        return;
    }
    // The highest filter with its main lobe (a Hann window is 1.5 bins wide) must be below Nyquist.
    const double r = std::exp2(1.0 / geometry.bins_per_octave);
    const double quality = (r * r + 1) / (r * r - 1);
    const double highest = geometry.fmin_hz * std::exp2(geometry.octaves - 1.0 / geometry.bins_per_octave);
    require(
        highest * (1 + 0.75 / quality) <= geometry.sample_rate_hz / 2.0,
        fmt::format("the CQT's highest bin lies at {:.1f} Hz, beyond what {} Hz can hold; take fewer octaves ({}), a "
                    "lower fmin_hz ({}), a higher sample rate, or the STFT alone (ingest --kinds stft)",
                    highest, geometry.sample_rate_hz, geometry.octaves, geometry.fmin_hz));
}

DataConfig read_data_config(const std::filesystem::path& path, const std::vector<configs::Spectrogram>& kinds)
{
    toml::table root;
    try {
        root = toml::parse(files::read_file(path), path.string());
    } catch (const files::Error& error) {
        throw Error(fmt::format("{}; expected a data config such as configs/data/paper-22050.toml", error.what()), path,
                    error.code());
    } catch (const toml::parse_error& error) {
        const auto& where = error.source().begin;
        throw Error(fmt::format("{}:{}:{}: {}", path.string(), where.line, where.column,
                                configs::not_toml(error.description())),
                    path);
    }
    refuse_unknown(path, root, "", {"geometry", "ingest"});
    DataConfig config;
    configs::Geometry& geometry = config.geometry;
    if (const toml::table* table = section_of(path, root, "geometry")) {
        refuse_unknown(path, *table, "geometry.",
                       {"sample_rate_hz", "hop_samples", "n_fft", "octaves", "bins_per_octave", "fmin_hz", "clip_s"});
        read(path, *table, "sample_rate_hz", geometry.sample_rate_hz);
        read(path, *table, "hop_samples", geometry.hop_samples);
        read(path, *table, "n_fft", geometry.n_fft);
        read(path, *table, "octaves", geometry.octaves);
        read(path, *table, "bins_per_octave", geometry.bins_per_octave);
        read(path, *table, "fmin_hz", geometry.fmin_hz);
        read(path, *table, "clip_s", geometry.clip_s);
        check_geometry(geometry, fmt::format("{}:{}: [geometry]", path.string(), table->source().begin.line), kinds);
    }
    if (const toml::table* table = section_of(path, root, "ingest")) {
        refuse_unknown(path, *table, "ingest.", {"duplicates", "short"});
        read_choice(path, *table, "duplicates", &duplicates_from, config.duplicates);
        read_choice(path, *table, "short", &short_recordings_from, config.short_recordings);
    }
    return config;
}

}  // namespace attnsweep::data
