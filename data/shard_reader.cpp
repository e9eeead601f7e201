#include "data/shard_reader.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "configs/error.h"
#include "data/data_config.h"
#include "data/error.h"
#include "data/hdf5_file.h"
#include "data/hdf5_session.h"
#include "data/shard_layout.h"
#include "files/checksum.h"

namespace attnsweep::data {
namespace {

constexpr auto remedy = "ingest again (attnsweep ingest ... --overwrite)";

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what, int code = 0)
{
    throw Error(fmt::format("{}: {}; {}", path.string(), what, remedy), path, code);
}

class Mapping {
public:
    Mapping() = default;
    Mapping(const std::filesystem::path& path, std::uint64_t needed)
    {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            damaged(path, fmt::format("cannot be opened: {}", std::strerror(errno)), errno);
        }
        struct stat status{};
        const bool known = ::fstat(descriptor, &status) == 0;
        if (known && static_cast<std::uint64_t>(status.st_size) >= needed) {
            bytes_ = static_cast<std::size_t>(needed);
            start_ = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, descriptor, 0);
        }
        const int code = errno;
        ::close(descriptor);
        if (known && static_cast<std::uint64_t>(status.st_size) < needed) {
            damaged(path, fmt::format("is truncated: {} bytes, its header promises {}", status.st_size, needed));
        }
        if (start_ == MAP_FAILED) {
            damaged(path, fmt::format("cannot be mapped into memory: {}", std::strerror(code)), code);
        }
    }
    ~Mapping()
    {
        if (start_ != MAP_FAILED) {
            ::munmap(start_, bytes_);
        }
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    Mapping(Mapping&& other) noexcept
        : start_(std::exchange(other.start_, MAP_FAILED)), bytes_(std::exchange(other.bytes_, 0))
    {
    }
    Mapping& operator=(Mapping&& other) noexcept
    {
        std::swap(start_, other.start_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    const std::byte* start() const { return static_cast<const std::byte*>(start_); }

private:
    void* start_ = MAP_FAILED;
    std::size_t bytes_ = 0;
};

}  // namespace

struct ShardReader::State {
    std::filesystem::path path;
    ShardContents contents;
    std::vector<std::uint32_t> checksums;
    std::vector<ClipLevel> levels;
    std::vector<std::atomic<bool>> verified;
    std::uint64_t offset = 0;
    std::size_t clip_values = 0;
    Mapping mapping;

    void read();
    void read_clips(const Hdf5File& file, std::size_t count);
};

void ShardReader::State::read_clips(const Hdf5File& file, std::size_t count)
{
    const auto labels = file.read_list<std::int32_t>(shard_layout::label);
    const auto groups = file.read_list<std::int64_t>(shard_layout::group);
    const auto sources = file.read_list<std::int32_t>(shard_layout::source);
    const auto starts = file.read_list<double>(shard_layout::start_s);
    const auto splits = file.read_list<std::int8_t>(shard_layout::split);
    checksums = file.read_list<std::uint32_t>(shard_layout::crc32c);
    const auto names = file.read_texts(shard_layout::source_name);
    const auto hashes = file.read_texts(shard_layout::source_hash);
    contents.classes = file.read_texts(shard_layout::class_name);
    for (const std::size_t size :
         {labels.size(), groups.size(), sources.size(), starts.size(), splits.size(), checksums.size()}) {
        if (size != count) {
            damaged(path, fmt::format("lists {} entries for {} clips", size, count));
        }
    }
    if (file.has(shard_layout::peak)) {
        const auto peaks = file.read_list<float>(shard_layout::peak);
        const auto rms = file.read_list<float>(shard_layout::rms);
        if (peaks.size() != count || rms.size() != count) {
            damaged(path, fmt::format("lists {} and {} levels for {} clips", peaks.size(), rms.size(), count));
        }
        for (std::size_t clip = 0; clip < count; ++clip) {
            levels.push_back({peaks[clip], rms[clip]});
        }
    }
    if (names.size() != hashes.size()) {
        damaged(path, fmt::format("names {} sources and {} hashes", names.size(), hashes.size()));
    }
    for (std::size_t index = 0; index < names.size(); ++index) {
        contents.sources.push_back({names[index], hashes[index]});
    }
    for (std::size_t clip = 0; clip < count; ++clip) {
        if (labels[clip] < 0 || static_cast<std::size_t>(labels[clip]) >= contents.classes.size()) {
            damaged(path, fmt::format("clip {} has label {}, there are {} classes", clip, labels[clip],
                                      contents.classes.size()));
        }
        if (sources[clip] < 0 || static_cast<std::size_t>(sources[clip]) >= names.size()) {
            damaged(path, fmt::format("clip {} has source {}, there are {}", clip, sources[clip], names.size()));
        }
        if (splits[clip] < 0 || splits[clip] > 3) {
            damaged(path, fmt::format("clip {} has split {}, expected 0 to 3", clip, splits[clip]));
        }
        contents.clips.push_back(
            {labels[clip], groups[clip], sources[clip], starts[clip], static_cast<ManifestSplit>(splits[clip])});
    }
}

void ShardReader::State::read()
{
    const Hdf5Session session;
    const Hdf5File file = Hdf5File::open(path, false);
    const std::string format = file.read_text_attribute("format");
    if (format != shard_layout::format) {
        damaged(path, fmt::format("is not an attnsweep shard: its format is `{}`", format));
    }
    const std::int64_t version = file.read_integer_attribute("format_version");
    if (version < shard_layout::format_without_clip_s || version > shard_layout::format_version) {
        damaged(path, fmt::format("has shard format {}, this program reads {} and {}", version,
                                  shard_layout::format_without_clip_s, shard_layout::format_version));
    }
    try {
        contents.spectrogram = configs::spectrogram_from(file.read_text_attribute("spectrogram"));
    } catch (const configs::Error& error) {
        damaged(path, error.what());
    }
    const auto number = [&](const char* name) {
        const std::int64_t value = file.read_integer_attribute(name);
        if (!std::in_range<int>(value)) {
            damaged(path, fmt::format("has {} = {}", name, value));
        }
        return static_cast<int>(value);
    };
    configs::Geometry& geometry = contents.geometry;
    geometry.sample_rate_hz = number("sample_rate_hz");
    geometry.hop_samples = number("hop_samples");
    geometry.n_fft = number("n_fft");
    geometry.octaves = number("octaves");
    geometry.bins_per_octave = number("bins_per_octave");
    geometry.fmin_hz = file.read_real_attribute("fmin_hz");
    if (version > shard_layout::format_without_clip_s) {
        geometry.clip_s = file.read_real_attribute("clip_s");
    }
    check_geometry(geometry, path.string(), {});

    const Hdf5File::Block block = file.find_block(shard_layout::magnitudes);
    const auto frames = static_cast<std::uint64_t>(geometry.frames());
    const auto bins = static_cast<std::uint64_t>(geometry.bins(contents.spectrogram));
    if (block.shape.size() != 3 || block.shape[1] != frames || block.shape[2] != bins) {
        damaged(path, fmt::format("holds magnitudes of shape ({}), expected (clips, {}, {})",
                                  fmt::join(block.shape, ", "), frames, bins));
    }
    offset = block.offset;
    clip_values = frames * bins;
    read_clips(file, block.shape[0]);
    mapping = Mapping(path, block.offset + block.bytes);
    verified = std::vector<std::atomic<bool>>(block.shape[0]);
}

ShardReader::ShardReader(std::filesystem::path path) : state_(std::make_unique<State>())
{
    state_->path = std::move(path);
    std::error_code code;
    const auto size = std::filesystem::file_size(state_->path, code);
    if (!code && ::faccessat(AT_FDCWD, state_->path.c_str(), R_OK, AT_EACCESS) != 0) {
        code = {errno, std::generic_category()};
    }
    if (code == std::errc::no_such_file_or_directory) {
        damaged(state_->path, "is missing", code.value());
    }
    if (code) {  // it may be whole
        throw Error(fmt::format("{}: cannot be read: {}; {}", state_->path.string(), code.message(),
                                code == std::errc::permission_denied ? "give yourself read permission"
                                                                     : "see whether its file system is there"),
                    state_->path, code.value());
    }
    try {
        state_->read();
    } catch (const Error& error) {
        const std::string text = error.what();
        if (text.find(remedy) != std::string::npos) {
            throw;
        }
        damaged(state_->path,
                fmt::format("is damaged or truncated ({} bytes): {}", size,
                            text.substr(std::min(text.size(), state_->path.string().size() + 2))),
                error.code());
    }
}

ShardReader::~ShardReader() = default;
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;

std::int64_t ShardReader::clips() const
{
    return static_cast<std::int64_t>(state_->contents.clips.size());
}

const ShardContents& ShardReader::contents() const
{
    return state_->contents;
}

const std::vector<ClipLevel>& ShardReader::levels() const
{
    return state_->levels;
}

std::uint32_t ShardReader::table_crc32c() const
{
    const ShardContents& contents = state_->contents;
    std::uint32_t crc = 0;
    const auto add = [&](const std::string& text) { crc = files::crc32c(text.data(), text.size(), crc); };
    const configs::Geometry& geometry = contents.geometry;
    add(fmt::format("{} {} {} {} {} {} {}\n", configs::to_string(contents.spectrogram), geometry.sample_rate_hz,
                    geometry.hop_samples, geometry.n_fft, geometry.octaves, geometry.bins_per_octave,
                    geometry.fmin_hz));
    if (geometry.clip_s != configs::Geometry::paper_clip_s) {
        add(fmt::format("clip_s {}\n", geometry.clip_s));
    }
    for (const std::string& name : contents.classes) {
        add(fmt::format("{} {}\n", name.size(), name));
    }
    for (const SourceRecord& source : contents.sources) {
        add(fmt::format("{} {} {}\n", source.name.size(), source.name, source.hash));
    }
    for (const ClipRecord& clip : contents.clips) {
        add(fmt::format("{} {} {} {} {}\n", clip.label, clip.group, clip.source, clip.start_s,
                        static_cast<int>(clip.split)));
    }
    for (const ClipLevel& level : state_->levels) {
        add(fmt::format("{} {}\n", level.peak, level.rms));
    }
    return files::crc32c(state_->checksums.data(), state_->checksums.size() * sizeof(std::uint32_t), crc);
}

std::span<const float> ShardReader::magnitudes(std::int64_t index) const
{
    State& state = *state_;
    const auto clip = static_cast<std::size_t>(index);
    if (index < 0 || clip >= state.verified.size()) {
        throw Error(fmt::format("{}: clip {} requested, there are {}", state.path.string(), index, clips()),
                    state.path);
    }
    const std::byte* start = state.mapping.start() + state.offset + clip * state.clip_values * sizeof(float);
    const std::span values(reinterpret_cast<const float*>(start), state.clip_values);
    if (!state.verified[clip].load(std::memory_order_relaxed)) {
        const std::uint32_t found = files::crc32c(values.data(), values.size_bytes());
        if (found != state.checksums[clip]) {
            damaged(
                state.path,
                fmt::format("clip {} (of {}) is damaged: CRC-32C {:08x}, expected {:08x}", index,
                            state.contents.sources[static_cast<std::size_t>(state.contents.clips[clip].source)].name,
                            found, state.checksums[clip]));
        }
        state.verified[clip].store(true, std::memory_order_relaxed);
    }
    return values;
}

}  // namespace attnsweep::data
