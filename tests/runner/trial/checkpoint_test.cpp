#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/checkpoint_file.h"
#include "files/durable_file.h"
#include "runner/error.h"
#include "runner/trial/checkpoint.h"
#include "runner/trial/checkpoint_writer.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names_in(const fs::path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

void flip_a_byte(const fs::path& path)
{
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(path) / 2));
    const int byte = file.peek();
    file.put(static_cast<char>(byte ^ 1));
}

class Checkpoints : public ::testing::Test {
protected:
    CheckpointFolders folders(const std::string& own, const std::vector<std::string>& earlier = {})
    {
        std::vector<fs::path> paths;
        paths.reserve(earlier.size());
        for (const std::string& name : earlier) {
            paths.push_back(folder_ / name);
        }
        files::create_folders(folder_ / own);
        return CheckpointFolders(folder_ / own, paths, [this](const std::string& line) { log_ += line + "\n"; });
    }
    fs::path write(CheckpointFolders& to, int epoch, std::int64_t batch)
    {
        const std::string weights = "weights of " + std::to_string(epoch) + "/" + std::to_string(batch);
        return to.write(epoch, batch,
                        encode_checkpoint({{"epoch", epoch}, {"batch", batch}}, {{"weights", weights}, {"best", ""}}));
    }

    tests::TemporaryFolder folder_;
    std::string log_;
};

TEST_F(Checkpoints, ComeBackByteForByte)
{
    const std::string weights("\0\x80\xff bytes\0", 9), optimizer(100000, '\x7f');
    const double exact = 0.1 + 0.2;
    const std::string bytes =
        encode_checkpoint({{"loss", exact}}, {{"weights", weights}, {"empty", ""}, {"optimizer", optimizer}});
    const Checkpoint back = decode_checkpoint(bytes, "somewhere");
    EXPECT_EQ(back.part("weights"), weights);
    EXPECT_EQ(back.part("empty"), "");
    EXPECT_EQ(back.part("optimizer"), optimizer);
    EXPECT_EQ(back.state.at("loss").get<double>(), exact);
    EXPECT_THROW(back.part("accumulators"), Error);
}

TEST_F(Checkpoints, BytesThatAreNoneAreToldSo)
{
    const std::string whole = encode_checkpoint({{"epoch", 1}}, {{"weights", "0123456789"}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_THROW(decode_checkpoint(whole.substr(0, size), "cut.ckpt"), Error) << size << " bytes";
    }
    EXPECT_THROW(decode_checkpoint(whole + "x", "long.ckpt"), Error);
    EXPECT_THROW(decode_checkpoint("something else entirely, of some length", "other.ckpt"), Error);
}

TEST_F(Checkpoints, TheTwoNewestAreKept)
{
    CheckpointFolders own = folders("attempt-1");
    write(own, 1, 5);
    write(own, 1, 12);
    write(own, 2, 3);
    write(own, 10, 1);
    EXPECT_THAT(names_in(folder_ / "attempt-1"),
                ElementsAre("checkpoint-00002-00000003.ckpt", "checkpoint-00010-00000001.ckpt"));
    EXPECT_EQ(own.newest()->state.at("epoch"), 10);
}

// Names of unequal length are in another order as text.
TEST_F(Checkpoints, TheTwoNewestAreKeptBeyondTheDigitsOfTheirNames)
{
    CheckpointFolders own = folders("attempt-1");
    write(own, 99999, 5);
    write(own, 99999, 99999999);
    write(own, 99999, 100000000);
    const fs::path written = write(own, 100000, 1);
    EXPECT_TRUE(fs::exists(written)) << "the newest was removed as soon as it was written";
    EXPECT_THAT(names_in(folder_ / "attempt-1"),
                testing::UnorderedElementsAre("checkpoint-99999-100000000.ckpt", "checkpoint-100000-00000001.ckpt"));
    EXPECT_EQ(own.newest()->state.at("epoch"), 100000);
}

TEST_F(Checkpoints, ADamagedOneIsPassedOverForTheOneBefore)
{
    CheckpointFolders own = folders("attempt-1");
    write(own, 1, 5);
    const fs::path newest = write(own, 2, 3);
    flip_a_byte(newest);
    const auto found = own.newest();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->part("weights"), "weights of 1/5");
    EXPECT_THAT(log_, HasSubstr(newest.string()));
    EXPECT_THAT(log_, HasSubstr("damaged"));
    // It goes once a whole one stands, or it would be taken for the newest for ever.
    write(own, 1, 8);
    EXPECT_THAT(names_in(folder_ / "attempt-1"),
                ElementsAre("checkpoint-00001-00000005.ckpt", "checkpoint-00001-00000008.ckpt"));
}

TEST_F(Checkpoints, ATruncatedOneToo)
{
    CheckpointFolders own = folders("attempt-1");
    write(own, 1, 5);
    for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{10}, std::uintmax_t{90}}) {
        const fs::path newest = write(own, 2, 3);
        ASSERT_GT(fs::file_size(newest), size);
        fs::resize_file(newest, size);
        EXPECT_EQ(own.newest()->part("weights"), "weights of 1/5");
    }
}

TEST_F(Checkpoints, NoneWholeMeansFromScratch)
{
    CheckpointFolders own = folders("attempt-1");
    EXPECT_FALSE(own.newest());
    flip_a_byte(write(own, 1, 5));
    EXPECT_FALSE(own.newest());
}

TEST_F(Checkpoints, EarlierAttemptsAreGoneOnFromNewestFirst)
{
    CheckpointFolders first = folders("attempt-1");
    write(first, 3, 1);
    write(first, 3, 2);
    CheckpointFolders second = folders("attempt-2", {"attempt-1"});
    EXPECT_EQ(second.newest()->part("weights"), "weights of 3/2");
    write(second, 3, 9);
    // The newest of the attempt before stays as the one to fall back on.
    EXPECT_THAT(names_in(folder_ / "attempt-1"), ElementsAre("checkpoint-00003-00000002.ckpt"));
    CheckpointFolders third = folders("attempt-3", {"attempt-2", "attempt-1", "attempt-0-never-there"});
    EXPECT_EQ(third.newest()->part("weights"), "weights of 3/9");
    flip_a_byte(folder_ / "attempt-2" / "checkpoint-00003-00000009.ckpt");
    EXPECT_EQ(third.newest()->part("weights"), "weights of 3/2");
}

TEST_F(Checkpoints, OfVersion010AreGoneOnFromAndGoAsTheOthersDo)
{
    CheckpointFolders own = folders("attempt-1");
    const fs::path written = write(own, 3, 1);
    fs::rename(written, folder_ / "attempt-1" / "checkpoint-00003-00000001.pt");
    EXPECT_EQ(own.newest()->part("weights"), "weights of 3/1");
    write(own, 3, 2);
    EXPECT_THAT(names_in(folder_ / "attempt-1"),
                ElementsAre("checkpoint-00003-00000001.pt", "checkpoint-00003-00000002.ckpt"));
    write(own, 3, 3);
    EXPECT_THAT(names_in(folder_ / "attempt-1"),
                ElementsAre("checkpoint-00003-00000002.ckpt", "checkpoint-00003-00000003.ckpt"));
    for (const char* old : {"checkpoint-00002-00000001.pt", "checkpoint-00002-00000002.pt.tmp-7-0"}) {
        std::ofstream(folder_ / "attempt-1" / old) << "old";
    }
    files::remove_checkpoints({folder_ / "attempt-1"});
    EXPECT_THAT(names_in(folder_ / "attempt-1"), IsEmpty());
}

TEST_F(Checkpoints, AllGoWhenTheResultIsCommitted)
{
    CheckpointFolders first = folders("attempt-1");
    write(first, 1, 1);
    CheckpointFolders second = folders("attempt-2", {"attempt-1"});
    write(second, 1, 2);
    files::write_durably(folder_ / "attempt-2" / "result.json", "{}");
    std::ofstream(folder_ / "attempt-1" / "checkpoint-00001-00000002.ckpt.tmp-99-0") << "torn";
    std::ofstream(folder_ / "attempt-2" / "weights-last.safetensors") << "stays";
    files::remove_checkpoints({folder_ / "attempt-1", folder_ / "attempt-2", folder_ / "attempt-3"});
    EXPECT_THAT(names_in(folder_ / "attempt-1"), IsEmpty());
    EXPECT_THAT(names_in(folder_ / "attempt-2"), UnorderedElementsAre("result.json", "weights-last.safetensors"));
}

TEST_F(Checkpoints, AreWrittenOneAtATimeAndToldOnce)
{
    CheckpointFolders own = folders("own");
    CheckpointWriter writer(own);
    EXPECT_FALSE(writer.ended());
    EXPECT_FALSE(writer.wait());
    for (const int epoch : {1, 2, 3}) {
        writer.begin(epoch, 7, encode_checkpoint({{"epoch", epoch}}, {{"weights", "w"}}));
        EXPECT_TRUE(writer.under_way());
        const auto written = writer.wait();
        ASSERT_TRUE(written);
        EXPECT_EQ(written->epoch, epoch);
        EXPECT_EQ(written->batch, 7);
        EXPECT_EQ(decode_checkpoint(files::read_checked(written->path), "").state.at("epoch"), epoch);
        EXPECT_FALSE(writer.under_way());
        EXPECT_FALSE(writer.ended()) << "told twice";
    }
    EXPECT_EQ(names_in(folder_ / "own").size(), 2u);
}

TEST_F(Checkpoints, ThatCannotBeWrittenAreTold)
{
    CheckpointFolders own = folders("own");
    fs::remove(folder_ / "own");
    CheckpointWriter writer(own);
    writer.begin(1, 0, "bytes");
    const auto written = writer.wait();
    ASSERT_TRUE(written);
    EXPECT_EQ(written->path, "");
    EXPECT_THAT(written->problem, HasSubstr("own"));
}

}  // namespace
}  // namespace attnsweep::runner
