#include "tests/bench/data/batch_rates.h"

#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "data/batch_loader.h"
#include "tests/bench/data/fletcher_file.h"
#include "tests/bench/data/stopwatch.h"

namespace attnsweep::bench {
namespace {

constexpr int batch_size = 16;

class MappedFile {
public:
    explicit MappedFile(const std::filesystem::path& path) : bytes_(std::filesystem::file_size(path))
    {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        start_ = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, descriptor, 0);
        ::close(descriptor);
        if (start_ == MAP_FAILED) {
            throw std::runtime_error(path.string() + " cannot be mapped");
        }
    }
    ~MappedFile() { ::munmap(start_, bytes_); }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    const float* values() const { return static_cast<const float*>(start_); }

private:
    std::size_t bytes_;
    void* start_ = nullptr;
};

void write_flat_file(const std::filesystem::path& path, const data::DataSet& data_set)
{
    std::ofstream file(path, std::ios::binary);
    for (std::int64_t clip = 0; clip < data_set.clips(); ++clip) {
        const auto values = data_set.magnitudes(clip);
        file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
    }
    if (!file.flush()) {
        throw std::runtime_error(path.string() + " cannot be written");
    }
}

std::vector<std::int64_t> all_clips(const data::DataSet& data_set)
{
    std::vector<std::int64_t> clips(static_cast<std::size_t>(data_set.clips()));
    std::iota(clips.begin(), clips.end(), std::int64_t{0});
    return clips;
}

double seconds_of_epoch(const data::BatchLoader& loader)
{
    const Stopwatch watch;
    for (std::int64_t index = 0; index < loader.batches(); ++index) {
        loader.batch(index);
    }
    return watch.seconds();
}

// Reads clips in the loader's order, `read(clip, place)` each to its place in one buffer of a batch.
double seconds_of_epoch(const data::BatchLoader& loader, std::size_t clip_values,
                        const std::function<void(std::int64_t, float*)>& read)
{
    std::vector<float> batch(batch_size * clip_values);
    const Stopwatch watch;
    std::size_t place = 0;
    for (const std::int64_t clip : loader.order()) {
        read(clip, batch.data() + place++ % batch_size * clip_values);
    }
    return watch.seconds();
}

}  // namespace

void print_batch_rates(const std::filesystem::path& shards, const std::filesystem::path& work, int epochs)
{
    const std::filesystem::path fletcher = work / "fletcher.h5", flat = work / "flat.f32";
    {
        const data::DataSet data_set = data::DataSet::open(shards, configs::Spectrogram::stft);
        write_fletcher_file(fletcher, data_set);
        write_flat_file(flat, data_set);
    }
    const FletcherFile file(fletcher);
    double checked_s = 0, again_s = 0, fletcher_s = 0, memcpy_s = 0, memcpy_again_s = 0, clips = 0;
    for (int epoch = 0; epoch < epochs; ++epoch) {
        const data::DataSet data_set = data::DataSet::open(shards, configs::Spectrogram::stft);
        const auto values = static_cast<std::size_t>(data_set.frames()) * static_cast<std::size_t>(data_set.bins());
        data::BatchLoader loader(data_set, all_clips(data_set), {}, batch_size);
        loader.shuffle(1, static_cast<std::uint64_t>(epoch));
        checked_s += seconds_of_epoch(loader);
        again_s += seconds_of_epoch(loader);
        fletcher_s +=
            seconds_of_epoch(loader, values, [&](std::int64_t clip, float* place) { file.read(clip, place); });
        const MappedFile mapped(flat);
        const auto copy = [&](std::int64_t clip, float* place) {
            std::memcpy(place, mapped.values() + static_cast<std::size_t>(clip) * values, values * sizeof(float));
        };
        memcpy_s += seconds_of_epoch(loader, values, copy);
        memcpy_again_s += seconds_of_epoch(loader, values, copy);
        clips += double(data_set.clips());
    }
    fmt::print("batches_checked {:.3f}\nbatches_again {:.3f}\n", clips / checked_s, clips / again_s);
    fmt::print("batches_fletcher32 {:.3f}\n", clips / fletcher_s);
    fmt::print("batches_memcpy {:.3f}\nbatches_memcpy_again {:.3f}\n", clips / memcpy_s, clips / memcpy_again_s);
    std::filesystem::remove(fletcher);
    std::filesystem::remove(flat);
}

}  // namespace attnsweep::bench
