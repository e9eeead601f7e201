// Folders of recordings as people have them: links, odd names, parts of a split, other depths.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_set.h"
#include "data/split.h"
#include "tests/data/ingest_fixture.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Layout : public Ingest {
protected:
    void two_classes(const std::string& below = "") const
    {
        tone(below + "tuba/a.wav", 2.0, 100 + below.size());
        tone(below + "tuba/b.wav", 2.0, 150 + below.size());
        tone(below + "violin/a.wav", 2.0, 900 + below.size());
        tone(below + "violin/b.wav", 2.0, 950 + below.size());
    }
};

TEST_F(Layout, WhatAManifestHasInTrainAndTestIsNoted)
{
    two_classes();
    std::string rows = "path,label,group,split\n";
    for (const char* row : {"tuba/a.wav,tuba,,train", "violin/a.wav,violin,,train", "tuba/b.wav,tuba,,test",
                            "violin/b.wav,violin,,test"}) {
        rows += std::string("audio/") + row + "\n";
    }
    data::IngestOptions chosen = options();
    chosen.audio_folder.clear();
    chosen.manifest = folder_ / "files.csv";
    write_bytes(chosen.manifest, rows);
    EXPECT_THAT(data::ingest(chosen).notes, IsEmpty());
    chosen.overwrite = true;
    write_bytes(chosen.manifest, rows + "audio/violin/a.wav,violin,,test\n");
    EXPECT_THAT(data::ingest(chosen).notes,
                ElementsAre(AllOf(HasSubstr("1 group of recordings"), HasSubstr("in more than one part of the split"),
                                  HasSubstr("violin/a.wav"))));
    const data::DataSet set = data::DataSet::open(folder_ / "shards", configs::Spectrogram::stft);
    configs::DataSettings settings;
    settings.split = configs::SplitKind::manifest;
    settings.validation_fraction = 0.5;
    EXPECT_THAT(data::groups_in_several_parts(set, data::make_split(set, settings, 1)),
                AllOf(HasSubstr("1 group of recordings"), HasSubstr("in test")));
}

TEST_F(Layout, LinksThatLeadBackAreNotFollowedAndNamed)
{
    two_classes();
    fs::create_symlink("self.wav", folder_ / "audio/violin/self.wav");
    fs::create_directory_symlink("..", folder_ / "audio/violin/up");
    fs::create_directory_symlink("/", folder_ / "audio/tuba/root");
    fs::create_directory_symlink("loop", folder_ / "audio/loop");
    fs::create_directory_symlink("..", folder_ / "audio/everything");
    fs::create_directory_symlink("../violin", folder_ / "audio/tuba/there");
    fs::create_directory_symlink("../tuba", folder_ / "audio/violin/and_back");
    const data::IngestReport report = data::ingest(options());
    EXPECT_THAT(report.description.classes, ElementsAre("tuba", "violin"));
    ASSERT_EQ(report.skipped.size(), 2U) << "once in each class that leads to it";
    EXPECT_THAT(report.skipped[0].reason, HasSubstr("link that leads back to itself"));
    for (const char* name : {"violin/up: a link to a folder that contains it", "tuba/root: ", "loop: a link that leads",
                             "everything: a link to a folder that contains it"}) {
        EXPECT_THAT(report.notes, Contains(HasSubstr(name)));
    }
}

TEST_F(Layout, AClassFolderInAnotherEncodingIsRefusedBeforeTheWork)
{
    two_classes();
    data::ingest(options());
    const auto before = hashes();
    tone("Fl\xF6te/a.wav", 2.0, 600);
    data::IngestOptions again = options();
    again.overwrite = true;
    EXPECT_THAT(error(again), AllOf(HasSubstr("`Fl\\xF6te`"), HasSubstr("not UTF-8")));
    EXPECT_EQ(hashes(), before);
    fs::rename(folder_ / "audio/Fl\xF6te", folder_ / "audio/violin/Fl\xF6te");
    data::ingest(again);
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", configs::Spectrogram::stft).source(4), "violin/Fl\\xF6te/a.wav");
}

TEST_F(Layout, FoldersOfOneNameAreOneClass)
{
    two_classes();
    tone("Flo\u0308te/a.wav", 2.0, 600);
    tone("Fl\u00F6te/b.wav", 2.0, 610);
    tone("Fl\u00F6te /c.wav", 2.0, 620);
    tone("fl\u00F6te/d.wav", 2.0, 630);
    const data::IngestReport report = data::ingest(options());
    EXPECT_THAT(report.description.classes, ElementsAre("Fl\u00F6te", "fl\u00F6te", "tuba", "violin"));
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(6, 2, 4, 4));
    EXPECT_THAT(report.notes, ElementsAre(HasSubstr("3 folders are one class, `Fl\u00F6te`"),
                                          HasSubstr("Fl\u00F6te and fl\u00F6te differ only in upper and lower case")));
}

TEST_F(Layout, NoDataSetIsWrittenAmongRecordings)
{
    two_classes();
    tone("flute/a.wav", 2.0, 600);
    tone("tuba/low/c.wav", 2.0, 120);
    fs::create_directory_symlink("audio/flute", folder_ / "link");
    for (const char* name : {"audio/flute", "audio/flute/", "audio/tuba/low", "link"}) {
        data::IngestOptions among = options();
        among.out = folder_ / name;
        EXPECT_THAT(error(among), AllOf(HasSubstr("--out "), HasSubstr("holds recordings that are to be read"),
                                        HasSubstr("give a new folder")))
            << name;
    }
    EXPECT_EQ(hashes("audio/flute").size(), 1U) << "what is refused leaves nothing";
    fs::copy(folder_ / "link", folder_ / "audio/oboe");
    write_bytes(folder_ / "audio/oboe/dataset.json", "{}");  // earlier versions wrote there
    data::IngestOptions again = options();
    again.out = folder_ / "audio/oboe";
    EXPECT_THAT(error(again), HasSubstr("holds recordings that are to be read"));
    fs::remove_all(folder_ / "audio/oboe");
    EXPECT_EQ(hashes("audio/tuba/low").size(), 1U);
    fs::create_directory(folder_ / "audio/empty");
    for (const char* name : {"audio/new", "audio/empty", "audio/new"}) {
        data::IngestOptions beside = options();
        beside.out = folder_ / name;
        EXPECT_THAT(data::ingest(beside).description.classes, ElementsAre("flute", "tuba", "violin")) << name;
    }
}

TEST_F(Layout, PartsOfASplitAreNoClasses)
{
    two_classes("Train/");
    two_classes("test/");
    EXPECT_THAT(error(options()),
                AllOf(HasSubstr("Train, test"), HasSubstr("parts of a split"), HasSubstr("--split-from-folders")));
    EXPECT_FALSE(fs::exists(folder_ / "shards")) << "what is refused leaves nothing";
    data::IngestOptions deep = options();
    deep.out = folder_ / "new/deep/shards/";
    EXPECT_THAT(error(deep), HasSubstr("parts of a split"));
    EXPECT_FALSE(fs::exists(folder_ / "new")) << "nor the folders above";
    data::IngestOptions parts = options();
    parts.split_from_folders = true;
    const data::IngestReport report = data::ingest(parts);
    EXPECT_THAT(report.description.classes, ElementsAre("tuba", "violin"));
    EXPECT_TRUE(report.description.has_manifest_split);
    EXPECT_THAT(report.notes, IsEmpty());
    const data::DataSet set = data::DataSet::open(folder_ / "shards", configs::Spectrogram::stft);
    EXPECT_EQ(set.source(0), "Train/tuba/a.wav");
    EXPECT_EQ(set.manifest_split(0), data::ManifestSplit::train);
    EXPECT_EQ(set.manifest_split(8), data::ManifestSplit::test);

    configs::DataSettings settings;
    settings.split = configs::SplitKind::manifest;
    settings.validation_fraction = 0.25;
    const data::Split split = data::make_split(set, settings, 3);
    EXPECT_THAT(split.test, ElementsAre(8, 9, 10, 11, 12, 13, 14, 15));
    ASSERT_EQ(split.validation.size(), 2U) << "of the training clips, where no folder is for validation";
    EXPECT_EQ(set.group(split.validation[0]), set.group(split.validation[1]));
    EXPECT_EQ(split.train.size(), 6U);
    EXPECT_EQ(data::make_split(set, settings, 3).digest, split.digest);

    two_classes("dev/");
    parts.overwrite = true;
    data::ingest(parts);
    const data::DataSet with_validation = data::DataSet::open(folder_ / "shards", configs::Spectrogram::stft);
    EXPECT_EQ(data::make_split(with_validation, settings, 3).validation.size(), 8U);
}

TEST_F(Layout, OtherPartsThanTheKnownAreNamed)
{
    two_classes("train/");
    two_classes("more/");
    data::IngestOptions parts = options();
    parts.split_from_folders = true;
    EXPECT_THAT(error(parts), AllOf(HasSubstr("`more` names no part of a split"), HasSubstr("validation")));
    fs::remove_all(folder_ / "audio/more");
    EXPECT_THAT(error(parts), AllOf(HasSubstr("has only train"), HasSubstr("train and test")));
}

TEST_F(Layout, ClassesOneLevelDeeperAreTold)
{
    two_classes("audio/");
    EXPECT_THAT(error(options()),
                AllOf(HasSubstr("only one class, `audio`"), HasSubstr("sub-folders the classes (tuba, violin)")));
    two_classes("more/");
    EXPECT_THAT(data::ingest(options()).notes,
                ElementsAre(HasSubstr("in folders of its own, as in more (tuba, violin)")));
}

}  // namespace
}  // namespace attnsweep::tests
