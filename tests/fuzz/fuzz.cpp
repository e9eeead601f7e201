// Feeds changed files to what reads files of users, in one process:
//   fuzz TARGET COUNT [SEED]     `fuzz list` names the targets
// Ends with 1, and keeps the file as fuzz-TARGET.bin, on an exception that is none of the project's, a message with a
// library's words or more than one line, more than five seconds for one file, or more than 500 MB in all.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>

#include <sys/resource.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "data/data_config.h"
#include "data/data_set_file.h"
#include "data/error.h"
#include "data/inspection.h"
#include "data/manifest.h"
#include "data/shard_reader.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "files/safetensors.h"
#include "store/error.h"
#include "store/journal.h"
#include "store/reading/query.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"
#include "tests/fuzz/mutation.h"

namespace {

using namespace attnsweep;
namespace fs = std::filesystem;
using tests::bytes_of;
using tests::TemporaryFolder;
using tests::write_bytes;

struct Target {
    std::function<std::vector<std::string>(const TemporaryFolder&)> corpus;
    /// Reads the changed bytes, which lie in the file as well.
    std::function<void(const fs::path& file, const std::string& bytes)> read;
    const char* ending = "";
};

std::vector<std::string> audio_corpus(const TemporaryFolder& folder)
{
    std::vector<std::string> corpus;
    for (const auto& [ending, format] : {std::pair{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                                         {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                                         {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
                                         {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                                         {"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
                                         {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}}) {
        const fs::path path = folder / (std::string("seed.") + ending);
        tests::write_audio(path, tests::sine(440, 0.3, 16000), 16000, format);
        corpus.push_back(bytes_of(path));
    }
    return corpus;
}

std::vector<std::string> data_set_corpus(const TemporaryFolder& folder, const char* name)
{
    tests::make_tone_data_set(folder.path(), 2, 2);
    return {bytes_of(folder / "shards" / name)};
}

store::Store& query_store(const TemporaryFolder& folder)
{
    static store::Store store = [&] { return store::Store::open_to_write(folder / "results.db"); }();
    return store;
}

const std::map<std::string, Target>& targets()
{
    static const TemporaryFolder store_folder;
    static const std::map<std::string, Target> all = {
        {"audio",
         {audio_corpus,
          [](const fs::path& file, const std::string&) {
              const tests::DecodedAudio audio = tests::decode(file);
              if (audio.problem.find('\n') != std::string::npos) {
                  throw std::runtime_error(audio.problem);
              }
          },
          ".wav"}},
        {"mp3", {audio_corpus, [](const fs::path& file, const std::string&) { tests::decode(file); }, ".mp3"}},
        {"shard",
         {[](const TemporaryFolder& folder) { return data_set_corpus(folder, "cqt-00000.h5"); },
          [](const fs::path& file, const std::string&) {
              const data::ShardReader shard(file);
              for (std::int64_t clip = 0; clip < shard.clips(); ++clip) {
                  shard.magnitudes(clip);
              }
          },
          ".h5"}},
        {"data_set",
         {[](const TemporaryFolder& folder) { return data_set_corpus(folder, "dataset.json"); },
          [](const fs::path& file, const std::string& bytes) {
              write_bytes(file.parent_path() / "dataset.json", bytes);
              data::read_data_set_file(file.parent_path());
          }}},
        {"manifest",
         {[](const TemporaryFolder&) {
              return std::vector<std::string>{
                  "path,label,group,split,start_s,end_s\na.wav,tuba,g,train,0,1.5\n\"b, c.wav\",\"cor "
                  "\"\"anglais\"\"\",,test,,\nd.wav,oboe,,validation,1,\n"};
          },
          [](const fs::path& file, const std::string&) { data::read_manifest(file); }, ".csv"}},
        {"data_config",
         {[](const TemporaryFolder&) {
              return std::vector<std::string>{
                  "[geometry]\nsample_rate_hz = 22050\nhop_samples = 256\nn_fft = 2048\noctaves = 7\n"
                  "bins_per_octave = 36\nfmin_hz = 32.7\n[ingest]\nduplicates = \"drop\"\n"};
          },
          [](const fs::path& file, const std::string&) { data::read_data_config(file); }, ".toml"}},
        {"sweep",
         {[](const TemporaryFolder&) {
              return std::vector<std::string>{
                  "[sweep]\nname = \"a\"\nrepeats = 2\n[data]\ntest_fraction = 0.2\n[model]\nfirst_filters = "
                  "4\nheads = 2\ndense_sizes = [16]\n[training]\nmax_epochs = 3\nlearning_rate = "
                  "0.01\n[axes]\n\"model.attention_ratio\" = [0, 0.5]\n",
                  "[sweep]\nname = \"b\"\n[[zip]]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n"
                  "\"training.batch_size\" = [8, 16]\n[[exclude]]\n\"data.spectrogram\" = \"cqt\"\n[checkpoint]\n"
                  "every = \"10 min\"\n",
                  "[axes]\n\"model.attention_ratio\" = { range = [0, 1], step = 0.25 }\n"
                  "\"training.batch_size\" = { random_log = [8, 64], count = 3, seed = 1 }\n"
                  "\"training.learning_rate\" = { log = [1e-4, 1e-2], count = 3 }\n"};
          },
          [](const fs::path& file, const std::string&) {
              configs::DataSetDescription data;
              data.path = "shards";
              data.classes = {"a", "b"};
              data.clips_per_class = {50, 50};
              data.clips = 100;
              data.recordings = 40;
              data.spectrograms = {{configs::Spectrogram::stft, std::string(64, 'a'), {"stft-00000.h5"}},
                                   {configs::Spectrogram::cqt, std::string(64, 'b'), {"cqt-00000.h5"}}};
              configs::read_sweep(file, {}, data);
          },
          ".toml"}},
        {"weights",
         {[](const TemporaryFolder& folder) {
              const std::string header = R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})";
              std::string bytes(8, '\0');
              bytes[0] = static_cast<char>(header.size());
              files::write_safetensors(folder / "seed.safetensors", bytes + header + std::string(16, '\1'));
              return std::vector<std::string>{bytes_of(folder / "seed.safetensors")};
          },
          [](const fs::path& file, const std::string&) { files::read_safetensors(file); }, ".safetensors"}},
        {"checkpoint",
         {[](const TemporaryFolder& folder) {
              files::write_checked(folder / "seed.ckpt", std::string(500, 'c'));
              return std::vector<std::string>{bytes_of(folder / "seed.ckpt")};
          },
          [](const fs::path& file, const std::string&) { files::read_checked(file); }, ".ckpt"}},
        {"journal",
         {[](const TemporaryFolder& folder) {
              store::Journal journal(folder / "seed-journal");
              journal.begun(1, {std::string(16, 'a'), 1}, "host", "cpu", "2026-01-01T00:00:00Z");
              journal.committed({std::string(16, 'a'), 1}, "2026-01-01T00:01:00Z");
              journal.write();
              return std::vector<std::string>{bytes_of(folder / "seed-journal")};
          },
          [](const fs::path& file, const std::string&) {
              int damaged = 0;
              store::Journal::read(file, damaged);
          }}},
        {"where",
         {[](const TemporaryFolder&) {
              return std::vector<std::string>{"accuracy > 0.6 and status = 'done'",
                                              "label like 'cqt-r%' or (epochs between 3 and 9)",
                                              "attention_ratio in (0, 0.25) order by accuracy"};
          },
          [](const fs::path&, const std::string& bytes) {
              store::Query query;
              query.where = bytes;
              query.time_limit_s = 2;
              store::run_query(query_store(store_folder), query, [](const auto&) {});
          }}},
    };
    return all;
}

std::string words_of_a_library(const std::string& message)
{
    for (const char* words : {"[json.exception", "std::", "basic_string", "vector::", "map::at", "bad_alloc", "stod",
                              "stoi", "regex_error", "H5F", "H5D", "filesystem error"}) {
        if (message.find(words) != std::string::npos) {
            return words;
        }
    }
    return {};
}

// Returns what is wrong with how the bytes were taken; empty: nothing.
std::string judge(const Target& target, const fs::path& file, const std::string& bytes, int& refused)
{
    const auto begin = std::chrono::steady_clock::now();
    std::string message;
    try {
        target.read(file, bytes);
    } catch (const data::Error& error) {
        message = error.what();
    } catch (const configs::Error& error) {
        message = error.what();
    } catch (const files::Error& error) {
        message = error.what();
    } catch (const store::Error& error) {
        message = error.what();
    } catch (const std::exception& error) {
        return fmt::format("an exception of a library: {}", error.what());
    }
    refused += message.empty() ? 0 : 1;
    if (const std::string words = words_of_a_library(message); !words.empty()) {
        return fmt::format("`{}` in the message: {}", words, message);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return seconds > 5 ? fmt::format("{:.1f} s", seconds) : "";
}

int fuzz(const std::string& name, const Target& target, int count, std::uint64_t seed)
{
    const TemporaryFolder folder;
    tests::Mutator mutator(target.corpus(folder), seed);
    const fs::path file = folder / (std::string("changed") + target.ending);
    int refused = 0;
    for (int i = 0; i < count; ++i) {
        const std::string bytes = mutator.next();
        write_bytes(file, bytes);
        const std::string wrong = judge(target, file, bytes, refused);
        if (!wrong.empty()) {
            const std::string kept = "fuzz-" + name + ".bin";
            write_bytes(kept, bytes);
            fmt::print("{}: file {} of seed {}: {}; kept as {}\n", name, i, seed, wrong, kept);
            return 1;
        }
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    fmt::print("{}: {} files, {} refused, at most {} MB\n", name, count, refused, usage.ru_maxrss / 1024);
    return usage.ru_maxrss / 1024 > 500 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc == 2 && std::string(argv[1]) == "list") {
        for (const auto& [name, target] : targets()) {
            fmt::print("{}\n", name);
        }
        return 0;
    }
    const auto target = argc > 2 ? targets().find(argv[1]) : targets().end();
    if (target == targets().end()) {
        fmt::print(stderr, "fuzz TARGET COUNT [SEED]; `fuzz list` names the targets\n");
        return 2;
    }
    return fuzz(target->first, target->second, std::atoi(argv[2]), argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}
