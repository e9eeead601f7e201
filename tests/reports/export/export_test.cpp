// What other programs get: event files, CSV, JSON.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <locale>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/checksum.h"
#include "files/durable_file.h"
#include "reports/export/event_file.h"
#include "reports/export/export_rows.h"
#include "reports/export/export_tensorboard.h"
#include "store/reading/results.h"
#include "tests/paths.h"
#include "tests/reports/hostile_corpus.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A Python that has TensorBoard and pandas; test.sh makes it.
std::string readers()
{
    return std::string(attnsweep::tests::paths::source) + "/.deps/readers/bin/python";
}

#define NEEDS_READERS()                                                                                                \
    if (!std::filesystem::exists(readers()))                                                                           \
    GTEST_SKIP() << "TensorBoard and pandas are not installed in .deps/readers (test.sh does it where PyPI is "        \
                    "reached)"

std::string output_of(const std::string& line)
{
    std::string output;
    std::FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
    std::array<char, 65536> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
        output.append(buffer.data(), n);
    }
    EXPECT_EQ(::pclose(pipe), 0) << output;
    return output;
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, std::size_t size)
{
    std::uint64_t number = 0;
    for (std::size_t i = size; i-- > 0;) {
        number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
    }
    return number;
}

/// The records of an event file; each checksum is looked at.
std::vector<std::string> records_of(const std::string& bytes)
{
    const auto masked = [](const std::string& text) {
        const std::uint32_t crc = files::crc32c(text.data(), text.size());
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
    };
    std::vector<std::string> records;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = number_at(bytes, at, 8);
        EXPECT_EQ(number_at(bytes, at + 8, 4), masked(bytes.substr(at, 8)));
        records.push_back(bytes.substr(at + 12, size));
        EXPECT_EQ(number_at(bytes, at + 12 + size, 4), masked(records.back()));
        at += size + 16;
    }
    return records;
}

class ExportTest : public testing::Test {
protected:
    std::map<std::string, std::string> bytes_in(const std::filesystem::path& folder)
    {
        std::map<std::string, std::string> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file()) {
                files[entry.path().lexically_relative(folder)] = files::read_file(entry.path());
            }
        }
        return files;
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
};

TEST(EventFile, BeginsAsTensorFlowsDo)
{
    const EventFile file(0);
    // The first bytes of every event file: 24, its masked CRC, a wall time's key.
    EXPECT_EQ(file.bytes().substr(0, 13), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09", 13));
    EXPECT_THAT(records_of(file.bytes()),
                testing::ElementsAre(std::string("\x09\0\0\0\0\0\0\0\0\x1a\x0d", 11) + "brain.Event:2"));
}

TEST(EventFile, AScalarIsAnEvent)
{
    EventFile file(0);
    file.add_scalar("a", 1.0, 300, 0.5);
    const std::vector<std::string> records = records_of(file.bytes());
    ASSERT_EQ(records.size(), 2U);
    // wall_time 1.0, step 300, summary { value { tag "a" simple_value 0.5 } }
    EXPECT_EQ(records[1], std::string("\x09\0\0\0\0\0\0\xf0\x3f\x10\xac\x02\x2a\x0a\x0a\x08\x0a\x01"
                                      "a\x15\0\0\0\x3f",
                                      24));
}

TEST(FolderName, IsOneHarmlessStep)
{
    EXPECT_EQ(folder_name("cqt-r25-s1"), "cqt-r25-s1");
    EXPECT_EQ(folder_name("lr=0.01"), "lr=0.01");
    EXPECT_THAT(folder_name("../../etc"), testing::StartsWith("_._.._etc-"));
    EXPECT_NE(folder_name(".hidden")[0], '.');
    EXPECT_NE(folder_name("a/b"), folder_name("a_b"));
    EXPECT_NE(folder_name("a/b"), folder_name("a:b"));
    EXPECT_LE(folder_name(std::string(5000, 'x')).size(), 109U);
    EXPECT_FALSE(folder_name("").empty());
}

TEST_F(ExportTest, TensorBoardCountsWhatHasNotBegun)
{
    store_.record_sweep(synthetic_sweep());
    const Exported exported = export_tensorboard(store_, "", folder_ / "events");
    EXPECT_EQ(exported.trials, 0);
    EXPECT_EQ(exported.not_begun, 30);
}

TEST_F(ExportTest, TensorBoardReadsWhatTheStoreHolds)
{
    NEEDS_READERS();
    fill(store_, synthetic_sweep());
    const Exported exported = export_tensorboard(store_, "", folder_ / "events");
    EXPECT_EQ(exported.trials, 30);
    // Every metric, the loss, and the accuracy under the best weights.
    std::vector<std::string> expected{fmt::format("synthetic synthetic data.spectrogram,model.attention_ratio {}",
                                                  configs::all_metrics().size() + 2)};
    for (const store::ConfigurationEntry& configuration :
         store::read_results(store_, "", store::Weights::last).configurations) {
        for (const store::TrialEntry& entry : configuration.repeats) {
            const auto epochs = store::read_epochs(store_, entry.trial.id);
            expected.push_back(fmt::format("synthetic/{} {} {:g} 1 {} {} {:.5f} {} {:.5f}", entry.trial.label,
                                           configuration.name, entry.trial.spec.model.attention_ratio, epochs.size(),
                                           epochs.back().epoch, static_cast<float>(epochs.back().validation_accuracy),
                                           entry.test->epoch, static_cast<float>(entry.test->metrics.accuracy)));
        }
    }
    std::vector<std::string> lines;
    const std::string output =
        output_of("'" + readers() + "' -W ignore '" + attnsweep::tests::paths::source +
                  "/tests/reports/export/read_exports.py' events '" + (folder_ / "events").string() + "'");
    for (std::size_t at = 0; at < output.size();) {
        const std::size_t end = std::min(output.find('\n', at), output.size());
        const std::string line = output.substr(at, end - at);
        if (line.starts_with("synthetic")) {  // TensorBoard says which optional parts it lacks
            lines.push_back(line);
        }
        at = end + 1;
    }
    EXPECT_THAT(lines, testing::UnorderedElementsAreArray(expected)) << output;
}

TEST_F(ExportTest, ThePandasLinesOfTheManualRun)
{
    NEEDS_READERS();
    fill(store_, synthetic_sweep());
    const std::string output = output_of(
        "cd '" + folder_.path().string() + "' && '" + readers() + "' -W ignore '" + attnsweep::tests::paths::source +
        "/tests/reports/export/read_exports.py' code '" + attnsweep::tests::paths::source + "/docs/export.md'");
    EXPECT_THAT(output, AllOf(HasSubstr("spectrogram"), HasSubstr("0.25"), HasSubstr("count")));
}

TEST_F(ExportTest, HostileNamesStayInTheFolder)
{
    fill_hostile(store_, hostile_sweep());
    export_tensorboard(store_, "", folder_ / "events");
    const auto files = bytes_in(folder_ / "events");
    EXPECT_EQ(files.size(), 20U);  // the sweep's, and one a trial that was begun
    for (const auto& [name, bytes] : files) {
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./"),
                  std::string::npos)
            << name;
        EXPECT_GE(records_of(bytes).size(), 2U);
    }
    export_rows(store_, "", QueryFormat::csv, folder_ / "tables");
    export_rows(store_, "", QueryFormat::json, folder_ / "tables");
    const auto tables = bytes_in(folder_ / "tables");
    EXPECT_EQ(nlohmann::json::parse(tables.at("trials.json")).size(), 20U);
    EXPECT_EQ(nlohmann::json::parse(tables.at("epochs.json"))[0]["epoch"], 1);
    EXPECT_THAT(tables.at("epochs.csv"),
                testing::StartsWith("sweep,revision,label,configuration,repeat,trial_id,attempt,epoch,"));
}

TEST_F(ExportTest, RowsAreTheStores)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    store_.commit(done_result(sweep.trials[0], {9, 8, 7}));
    const Exported exported = export_rows(store_, "synthetic", QueryFormat::csv, folder_ / "t");
    EXPECT_EQ(exported.trials, 30);
    EXPECT_EQ(exported.epochs, 2);
    EXPECT_EQ(
        files::read_file(folder_ / "t" / "epochs.csv"),
        "sweep,revision,label,configuration,repeat,trial_id,attempt,epoch,train_loss,train_accuracy,validation_loss,"
        "validation_accuracy,duration_s\n"
        "synthetic,1,stft-r0-s1,stft-r0,1," +
            sweep.trials[0].id + ",1,1,2,0.4,2.1,0.35,1.5\nsynthetic,1,stft-r0-s1,stft-r0,1," + sweep.trials[0].id +
            ",1,2,1,0.6,1.4,0.55,1.5\n");
    export_rows(store_, "", QueryFormat::json, folder_ / "t");
    const auto trials = nlohmann::json::parse(files::read_file(folder_ / "t" / "trials.json"));
    EXPECT_DOUBLE_EQ(trials[0]["accuracy"], 0.8);
    EXPECT_TRUE(trials[1]["accuracy"].is_null());
}

TEST_F(ExportTest, OfTwoRevisionsTheNewestUnlessAllAreAskedFor)
{
    const configs::Sweep before = synthetic_sweep();
    configs::Sweep after = synthetic_sweep("synthetic", 2);
    std::erase_if(after.trials, [](const configs::Trial& trial) { return trial.label.starts_with("stft"); });
    store_.record_sweep(before);
    store_.commit(done_result(before.trials[0], {9, 8, 7}));
    store_.commit(done_result(before.trials[15], {9, 8, 7}));
    store_.record_sweep(after);
    using Counts = std::pair<std::int64_t, std::int64_t>;
    const auto trials = [&](const char* sweep, store::Revisions revisions) {
        return Counts(export_rows(store_, sweep, QueryFormat::csv, folder_ / "t", revisions).trials,
                      export_tensorboard(store_, sweep, folder_ / "e", revisions).trials);
    };
    EXPECT_EQ(trials("", store::Revisions::newest), Counts(10, 1)) << "event files are of what has begun";
    EXPECT_EQ(trials("synthetic@1", store::Revisions::newest), Counts(30, 2));
    EXPECT_EQ(trials("", store::Revisions::all), Counts(30, 3));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "e" / folder_name("synthetic@1") / "stft-r0-s1"));
}

TEST_F(ExportTest, TheSameStoreGivesTheSameBytes)
{
    fill(store_, synthetic_sweep());
    for (const char* name : {"one", "two"}) {
        export_tensorboard(store_, "", folder_ / name);
        export_rows(store_, "", QueryFormat::csv, folder_ / name);
    }
    EXPECT_TRUE(bytes_in(folder_ / "one") == bytes_in(folder_ / "two"));
}

TEST_F(ExportTest, ALossThatIsNoNumberIsLeftOut)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    configs::TrialResult result = done_result(sweep.trials[0], {9, 8, 7});
    const auto count = [&](const std::string& name) {
        store_.commit(result);
        export_tensorboard(store_, "", folder_ / name);
        std::size_t records = 0;
        for (const auto& [path, bytes] : bytes_in(folder_ / name)) {
            records += records_of(bytes).size();
        }
        return records;
    };
    result.epochs[1].validation_loss = std::numeric_limits<double>::quiet_NaN();
    // The sweep; version, start and end of the run; its epochs; every metric and the loss, under two weights.
    EXPECT_EQ(count("events"), 2U + 3U + 9U + 2U * 10U);
}

TEST_F(ExportTest, ErrorsNameWhatIsWrong)
{
    EXPECT_THROW(export_tensorboard(store_, "", folder_ / "e"), store::Error);
    store_.record_sweep(synthetic_sweep());
    for (const bool as_events : {true, false}) {
        try {
            as_events ? export_tensorboard(store_, "synthetik", folder_ / "e")
                      : export_rows(store_, "synthetik", QueryFormat::csv, folder_ / "e");
            FAIL() << "exported";
        } catch (const store::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("did you mean synthetic?"));
        }
        files::write_durably(folder_ / "a file", "x");
        try {
            as_events ? export_tensorboard(store_, "", folder_ / "a file" / "e")
                      : export_rows(store_, "", QueryFormat::csv, folder_ / "a file" / "e");
            FAIL() << "exported";
        } catch (const store::Error& error) {
            EXPECT_EQ(error.kind(), store::Error::Kind::unwritable);
            EXPECT_THAT(error.what(), HasSubstr("a file"));
        }
    }
}

}  // namespace
}  // namespace attnsweep::reports
