// `--overwrite`: whatever ends the ingest, the data set that was there or the new one is there, complete.
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>

#include "data/data_set.h"
#include "data/data_set_file.h"
#include "data/error.h"
#include "files/checksum.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using configs::Spectrogram;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ReplacedDataSet : public ::testing::Test {
protected:
    void SetUp() override { write_tone_corpus(folder_ / "audio", 2, 3, 1.05, 4000); }

    /// A shard a clip, so that some are complete when the ingest ends.
    data::IngestOptions first() const
    {
        data::IngestOptions options = tiny_ingest(folder_ / "audio", out_);
        options.shard_bytes = 1;
        options.threads = 1;
        return options;
    }
    /// Of the same length and classes: the shards of both would pass for each other's.
    data::IngestOptions second() const
    {
        data::IngestOptions options = first();
        options.audio_folder = folder_ / "others";
        options.overwrite = true;
        return options;
    }
    void make_first() const
    {
        data::ingest(first());
        for (int label = 0; label < 2; ++label) {
            for (int number = 0; number < 3; ++number) {
                write_audio(
                    folder_ / ("others/instrument-0" + std::to_string(label) + "/" + std::to_string(number) + ".wav"),
                    sine(900.0 + 10 * number + 100 * label, 1.05, 4000), 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
            }
        }
    }
    std::map<std::string, std::string> hashes() const
    {
        std::map<std::string, std::string> found;
        for (const auto& entry : fs::directory_iterator(out_)) {
            found[entry.path().filename().string()] = files::sha256_hex(bytes_of(entry.path()));
        }
        return found;
    }
    static std::set<std::string> names(const std::map<std::string, std::string>& hashes)
    {
        std::set<std::string> found;
        for (const auto& [name, hash] : hashes) {
            found.insert(name);
        }
        return found;
    }
    /// What the data set consists of, and nothing else.
    std::set<std::string> listed() const
    {
        std::set<std::string> found{data::data_set_file_name};
        for (const configs::SpectrogramSet& set : data::describe(out_).spectrograms) {
            found.insert(set.shards.begin(), set.shards.end());
        }
        return found;
    }
    /// All of `before`, byte for byte, and it can be read.
    void expect_whole(const std::map<std::string, std::string>& before) const
    {
        const auto now = hashes();
        for (const auto& [name, hash] : before) {
            ASSERT_TRUE(now.contains(name)) << name << " is gone";
            EXPECT_EQ(now.at(name), hash) << name;
        }
        for (const Spectrogram kind : {Spectrogram::stft, Spectrogram::cqt}) {
            const data::DataSet set = data::DataSet::open(out_, kind);
            EXPECT_EQ(set.source(0), "instrument-00/instrument-00-0.wav");
            for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
                EXPECT_NO_THROW(set.magnitudes(clip));
            }
        }
    }
    /// The same ingest again, to its end.
    void expect_replaced() const
    {
        data::ingest(second());
        EXPECT_EQ(data::DataSet::open(out_, Spectrogram::cqt).source(0), "instrument-00/0.wav");
        EXPECT_EQ(names(hashes()), listed())
            << "nothing is left of the data set before or of an ingest that was killed";
    }

    TemporaryFolder folder_;
    fs::path out_ = folder_ / "shards";
};

TEST_F(ReplacedDataSet, ARecordingThatCannotBeReadLeavesTheOldOneAlone)
{
    make_first();
    const auto before = hashes();
    write_bytes(folder_ / "others/instrument-01/broken.flac", "fLaC, or not");
    data::IngestOptions strict = second();
    strict.strict = true;
    EXPECT_THAT(message_of<data::Error>([&] { data::ingest(strict); }), HasSubstr("broken.flac"));
    EXPECT_EQ(hashes(), before);

    data::IngestOptions failing = second();
    failing.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 4) {
            fs::remove(folder_ / "others/instrument-01/2.wav");
        }
    };
    EXPECT_THAT(message_of<data::Error>([&] { data::ingest(failing); }), HasSubstr("changed while"));
    EXPECT_EQ(hashes(), before) << "and nothing of the new one is left";
    expect_whole(before);
}

TEST_F(ReplacedDataSet, AFullDiskLeavesTheOldOneAlone)
{
    out_ = folder_ / "disk";
    fs::create_directory(out_);
    if (::mount("tmpfs", out_.c_str(), "tmpfs", 0, "size=2m") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    const std::unique_ptr<const fs::path, void (*)(const fs::path*)> mounted(
        &out_, [](const fs::path* disk) { ::umount2(disk->c_str(), MNT_DETACH); });
    make_first();  // a mount point cannot be renamed either
    const auto before = hashes();
    const auto fill = [&] {
        std::ofstream filler(out_ / "filler");
        for (int i = 0; i < 1000 && filler.flush(); ++i) {
            filler << std::string(4096, 'x');
        }
    };
    data::IngestOptions failing = second();
    failing.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 3) {
            fill();
        }
    };
    try {
        data::ingest(failing);
        FAIL() << "it had room";
    } catch (const data::Error& error) {
        EXPECT_EQ(error.code(), ENOSPC) << error.what();
    }
    // Full before it begins: said at once, and why the old one takes its space still.
    fill();
    EXPECT_THAT(message_of<data::Error>([&] { data::ingest(second()); }),
                AllOf(HasSubstr(out_.string()), HasSubstr("stays until the new one is complete")));
    fs::remove(out_ / "filler");
    EXPECT_EQ(hashes(), before);
    expect_whole(before);
    expect_replaced();
}

TEST_F(ReplacedDataSet, AKilledIngestLeavesTheOldOneAndTheNextClearsUp)
{
    make_first();
    const auto before = hashes();
    for (const int signal : {SIGKILL, SIGTERM, SIGINT}) {
        for (const int after : {1, 3, 6}) {
            data::IngestOptions killed = second();
            killed.progress = [&](const data::IngestProgress& progress) {
                if (progress.stage == "writing" && progress.done == after) {
                    ::raise(signal);
                }
            };
            EXPECT_EXIT(data::ingest(killed), ::testing::KilledBySignal(signal), "");
            EXPECT_GT(hashes().size(), before.size()) << "it was killed too early to show anything";
            expect_whole(before);
        }
    }
    EXPECT_TRUE(data::ingest(first()).written.empty());
    EXPECT_EQ(hashes(), before) << "an ingest of the same content clears up too";
    expect_replaced();
}

TEST_F(ReplacedDataSet, AKindThatIsAddedLeavesTheOtherAlone)
{
    data::IngestOptions one = first();
    one.kinds = {Spectrogram::stft};
    data::ingest(one);
    const auto before = hashes();
    data::IngestOptions both = first();
    both.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 3) {
            ::raise(SIGKILL);
        }
    };
    EXPECT_EXIT(data::ingest(both), ::testing::KilledBySignal(SIGKILL), "");
    EXPECT_EQ(data::DataSet::open(out_, Spectrogram::stft).clips(), 6);
    data::ingest(first());
    EXPECT_EQ(names(hashes()), listed());
    for (const auto& [name, hash] : before) {
        if (name != data::data_set_file_name) {
            EXPECT_EQ(hashes().at(name), hash) << name;
        }
    }
}

TEST_F(ReplacedDataSet, AFailedRepairKeepsWhatIsThere)
{
    make_first();
    fs::resize_file(out_ / "stft-00003.h5", 100);
    const auto before = hashes();
    data::IngestOptions failing = first();
    failing.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 4) {
            fs::remove(folder_ / "audio/instrument-01/instrument-01-2.wav");
        }
    };
    EXPECT_THROW(data::ingest(failing), data::Error);
    EXPECT_EQ(hashes(), before);
}

TEST_F(ReplacedDataSet, ADescriptionThatCannotBeReadStaysUntilItIsReplaced)
{
    make_first();
    write_bytes(out_ / data::data_set_file_name, "{");
    const auto before = hashes();
    EXPECT_THAT(message_of<data::Error>([&] { data::ingest(first()); }), HasSubstr("--overwrite"));
    data::IngestOptions killed = second();
    killed.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 3) {
            ::raise(SIGKILL);
        }
    };
    EXPECT_EXIT(data::ingest(killed), ::testing::KilledBySignal(SIGKILL), "");
    for (const auto& [name, hash] : before) {
        EXPECT_EQ(hashes()[name], hash) << name;
    }
    expect_replaced();
}

TEST_F(ReplacedDataSet, AReaderOfTheOldOneGoesOn)
{
    make_first();
    const data::DataSet old = data::DataSet::open(out_, Spectrogram::cqt);
    std::vector<std::vector<float>> magnitudes;
    {
        const data::DataSet same = data::DataSet::open(out_, Spectrogram::cqt);
        for (std::int64_t clip = 0; clip < same.clips(); ++clip) {
            magnitudes.emplace_back(same.magnitudes(clip).begin(), same.magnitudes(clip).end());
        }
    }
    expect_replaced();
    for (std::int64_t clip = 0; clip < old.clips(); ++clip) {
        EXPECT_THAT(old.magnitudes(clip), ::testing::ElementsAreArray(magnitudes[static_cast<std::size_t>(clip)]));
    }
}

TEST_F(ReplacedDataSet, AReaderThatOpensItMeanwhileGetsTheOldOrTheNewOne)
{
    make_first();
    std::atomic<bool> ended = false;
    std::thread writer([&] {
        for (int turn = 0; turn < 8; ++turn) {
            data::IngestOptions options = turn % 2 == 0 ? second() : first();
            options.overwrite = true;
            data::ingest(options);
        }
        ended = true;
    });
    int opened = 0;
    while (!ended) {
        try {
            const data::DataSet set = data::DataSet::open(out_, Spectrogram::cqt);
            const bool is_old = set.source(0) == "instrument-00/instrument-00-0.wav";
            for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
                EXPECT_EQ(set.source(clip).find("/instrument-") != std::string::npos, is_old) << "of both";
            }
            ++opened;
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
            break;
        }
    }
    writer.join();
    EXPECT_GT(opened, 0);
}

TEST_F(ReplacedDataSet, ALinkToAFolderAndTheCurrentFolderAreWrittenInto)
{
    fs::create_directory(folder_ / "real");
    fs::create_directory_symlink(folder_ / "real", out_);
    make_first();
    expect_replaced();
    EXPECT_TRUE(fs::is_symlink(out_));
    EXPECT_TRUE(fs::exists(folder_ / "real/dataset.json"));

    const fs::path before = fs::current_path();
    fs::current_path(folder_ / "real");
    data::IngestOptions here = first();
    here.out = ".";
    here.overwrite = true;
    EXPECT_NO_THROW(data::ingest(here));
    EXPECT_TRUE(fs::exists("dataset.json")) << "the folder one is in is still the data set's";
    fs::current_path(before);
    EXPECT_EQ(data::DataSet::open(out_, Spectrogram::cqt).source(0), "instrument-00/instrument-00-0.wav");
    EXPECT_EQ(names(hashes()), listed());
}

TEST_F(ReplacedDataSet, FilesOfOthersStay)
{
    make_first();
    write_bytes(out_ / "stft-by-hand.h5", "mine");
    write_bytes(out_ / "stft-00009.h5.tmp-12-0", "of an ingest that was killed as it named a shard");
    data::ingest(second());
    EXPECT_TRUE(fs::exists(out_ / "stft-by-hand.h5"));
    EXPECT_FALSE(fs::exists(out_ / "stft-00009.h5.tmp-12-0"));
}

}  // namespace
}  // namespace attnsweep::tests
