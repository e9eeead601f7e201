#include "data/shard_writer.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "data/error.h"
#include "data/hdf5_file.h"
#include "data/hdf5_session.h"
#include "data/shard_layout.h"
#include "files/checksum.h"
#include "files/disk_full.h"
#include "files/durable_file.h"

namespace attnsweep::data {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& call, int code)
{
    const char* const advice = code == EFBIG ? files::file_size_remedy
                               : files::is_disk_full(code)
                                   ? "free some space or choose another folder (--out), then ingest again"
                                   : "check that the folder can be written, then ingest again";
    throw Error(fmt::format("{}: {}: {}; {}", path.string(), call, std::strerror(code), advice), path, code);
}

template <typename T, typename Get> std::vector<T> column(const std::vector<ClipRecord>& clips, Get get)
{
    std::vector<T> values;
    values.reserve(clips.size());
    for (const ClipRecord& clip : clips) {
        values.push_back(static_cast<T>(get(clip)));
    }
    return values;
}

}  // namespace

struct ShardWriter::State {
    std::filesystem::path path, partial;
    std::uint64_t offset = 0, clip_bytes = 0;
    std::vector<std::uint32_t> checksums;
    std::vector<float> peaks, rms;
    std::vector<std::atomic<bool>> written;
    std::atomic<std::uint64_t> written_bytes{0};
    int descriptor = -1;
    bool committed = false;

    explicit State(std::size_t clips) : checksums(clips), peaks(clips), rms(clips), written(clips) {}
    ~State()
    {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
        if (!committed) {
            ::unlink(partial.c_str());
        }
    }
    void create(const ShardContents& contents);
    void reserve();
    void begin_write_back();
};

void ShardWriter::State::create(const ShardContents& contents)
{
    const configs::Geometry& geometry = contents.geometry;
    const std::vector<ClipRecord>& clips = contents.clips;
    const Hdf5Session session;
    Hdf5File file = Hdf5File::create(partial);
    const Hdf5File::Block block =
        file.create_block(shard_layout::magnitudes, {clips.size(), static_cast<std::uint64_t>(geometry.frames()),
                                                     static_cast<std::uint64_t>(geometry.bins(contents.spectrogram))});
    offset = block.offset;
    clip_bytes = block.bytes / clips.size();

    file.write_list(shard_layout::label, column<std::int32_t>(clips, [](const auto& clip) { return clip.label; }));
    file.write_list(shard_layout::group, column<std::int64_t>(clips, [](const auto& clip) { return clip.group; }));
    file.write_list(shard_layout::source, column<std::int32_t>(clips, [](const auto& clip) { return clip.source; }));
    file.write_list(shard_layout::start_s, column<double>(clips, [](const auto& clip) { return clip.start_s; }));
    file.write_list(shard_layout::split, column<std::int8_t>(clips, [](const auto& clip) { return clip.split; }));
    file.write_list(shard_layout::crc32c, checksums);  // placeholders; commit writes the values
    file.write_list(shard_layout::peak, peaks);
    file.write_list(shard_layout::rms, rms);
    std::vector<std::string> names, hashes;
    for (const SourceRecord& source : contents.sources) {
        names.push_back(source.name);
        hashes.push_back(source.hash);
    }
    file.write_texts(shard_layout::source_name, names);
    file.write_texts(shard_layout::source_hash, hashes);
    file.write_texts(shard_layout::class_name, contents.classes);

    file.write_attribute("format", std::string(shard_layout::format));
    const bool has_clip_s = geometry.clip_s != configs::Geometry::paper_clip_s;
    file.write_attribute("format_version",
                         has_clip_s ? shard_layout::format_version : shard_layout::format_without_clip_s);
    file.write_attribute("tool_version", std::string("attnsweep " ATTNSWEEP_VERSION));
    file.write_attribute("spectrogram", configs::to_string(contents.spectrogram));
    file.write_attribute("sample_rate_hz", std::int64_t{geometry.sample_rate_hz});
    file.write_attribute("hop_samples", std::int64_t{geometry.hop_samples});
    file.write_attribute("n_fft", std::int64_t{geometry.n_fft});
    file.write_attribute("octaves", std::int64_t{geometry.octaves});
    file.write_attribute("bins_per_octave", std::int64_t{geometry.bins_per_octave});
    file.write_attribute("fmin_hz", geometry.fmin_hz);
    if (has_clip_s) {
        file.write_attribute("clip_s", geometry.clip_s);
    }
    file.close();
}

// Allocates the magnitudes' space now: a full disk is better found before an hour's work than after it.
void ShardWriter::State::reserve()
{
    descriptor = ::open(partial.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        fail(partial, "cannot be opened", errno);
    }
    const std::uint64_t bytes = clip_bytes * written.size();
    const std::string what = fmt::format("cannot allocate the {:.1f} MB it needs", double(bytes) / 1e6);
    // Checked first: a failing fallocate takes all free space before it reports, so that other writers meet a full
    // disk.
    std::error_code code;
    const std::filesystem::space_info space = std::filesystem::space(partial, code);
    if (!code && space.available < bytes) {
        fail(partial, what, ENOSPC);
    }
    if (::fallocate(descriptor, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0 && errno != EOPNOTSUPP &&
        errno != ENOSYS) {
        fail(partial, what, errno);
    }
}

// The disk works while the next clips are computed: commit() has less to wait for. Where the file system cannot, nothing is lost.
void ShardWriter::State::begin_write_back()
{
    constexpr std::uint64_t at_once = std::uint64_t{16} << 20U;
    const std::uint64_t before = written_bytes.fetch_add(clip_bytes);
    if (before / at_once != (before + clip_bytes) / at_once) {
        ::sync_file_range(descriptor, static_cast<off_t>(offset), static_cast<off_t>(clip_bytes * written.size()),
                          SYNC_FILE_RANGE_WRITE);
    }
}

ShardWriter::ShardWriter(std::filesystem::path path, const ShardContents& contents)
    : state_(std::make_unique<State>(contents.clips.size()))
{
    state_->path = std::move(path);
    state_->partial = state_->path;
    state_->partial += shard_layout::partial_ending;
    try {
        state_->create(contents);
    } catch (const Error& error) {
        if (error.code() != 0) {
            fail(state_->partial, "cannot be made", error.code());
        }
        throw;
    }
    state_->reserve();
}

ShardWriter::~ShardWriter() = default;

void ShardWriter::write(std::int64_t index, std::span<const float> values, const ClipLevel& level)
{
    State& state = *state_;
    const auto clip = static_cast<std::size_t>(index);
    if (index < 0 || clip >= state.written.size() || values.size_bytes() != state.clip_bytes) {
        throw Error(fmt::format("{}: clip {} of {} bytes, expected one of {} clips of {} bytes", state.path.string(),
                                index, values.size_bytes(), state.written.size(), state.clip_bytes));
    }
    const char* bytes = reinterpret_cast<const char*>(values.data());
    std::size_t done = 0;
    while (done < values.size_bytes()) {
        const auto place = static_cast<off_t>(state.offset + clip * state.clip_bytes + done);
        const ssize_t count = ::pwrite(state.descriptor, bytes + done, values.size_bytes() - done, place);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            fail(state.partial, "cannot be written", count < 0 ? errno : ENOSPC);
        }
        done += static_cast<std::size_t>(count);
    }
    state.begin_write_back();
    state.checksums[clip] = files::crc32c(values.data(), values.size_bytes());
    state.peaks[clip] = level.peak;
    state.rms[clip] = level.rms;
    state.written[clip].store(true, std::memory_order_release);
}

void ShardWriter::commit()
{
    State& state = *state_;
    for (std::size_t clip = 0; clip < state.written.size(); ++clip) {
        if (!state.written[clip].load(std::memory_order_acquire)) {
            throw Error(fmt::format("{}: clip {} was never written", state.path.string(), clip), state.path);
        }
    }
    if (::close(std::exchange(state.descriptor, -1)) != 0) {
        fail(state.partial, "cannot be written", errno);
    }
    {
        const Hdf5Session session;
        Hdf5File file = Hdf5File::open(state.partial, true);
        file.write_list(shard_layout::crc32c, state.checksums);
        file.write_list(shard_layout::peak, state.peaks);
        file.write_list(shard_layout::rms, state.rms);
        file.close();
    }
    files::write_durably(
        state.path, [&](const std::filesystem::path& temporary) { std::filesystem::rename(state.partial, temporary); });
    state.committed = true;
}

}  // namespace attnsweep::data
