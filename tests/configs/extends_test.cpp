#include <gmock/gmock.h>

#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Extends, TheDeeperFileWinsKeyByKey)
{
    const SweepFolder folder;
    folder.write("base/grand.toml", "[model]\nheads = 2\nblocks = 4\n[training]\npatience = 5\n");
    folder.write("parent.toml", "extends = \"base/grand.toml\"\n[model]\nheads = 4\n[training]\nmax_epochs = 7\n");
    const configs::TrialSpec spec =
        folder.read("extends = \"parent.toml\"\n[training]\nmax_epochs = 9\n").trials.at(0).spec;
    EXPECT_EQ(spec.model.heads, 4);
    EXPECT_EQ(spec.model.blocks, 4);
    EXPECT_EQ(spec.training.patience, 5);
    EXPECT_EQ(spec.training.max_epochs, 9);
}

TEST(Extends, PathsAreRelativeToTheFileThatSaysThem)
{
    const SweepFolder folder;
    folder.write("a/b/base.toml", "extends = \"../grand.toml\"\n");
    folder.write("a/grand.toml", "[model]\nheads = 2\n");
    EXPECT_EQ(folder.read("extends = \"a/b/base.toml\"\n").trials.at(0).spec.model.heads, 2);
}

TEST(Extends, ACircleIsAnErrorThatShowsIt)
{
    const SweepFolder folder;
    folder.write("a.toml", "extends = \"b.toml\"\n");
    folder.write("b.toml", "\nextends = \"./sweep.toml\"\n");
    EXPECT_EQ(folder.error_of("extends = \"a.toml\"\n"),
              "b.toml:2:11: extends = \"./sweep.toml\" is circular: sweep.toml -> a.toml -> b.toml -> sweep.toml; "
              "remove one of these lines");
}

TEST(Extends, AnErrorInTheBaseNamesTheBase)
{
    const SweepFolder folder;
    folder.write("base.toml", "[model]\nheads = 0\n");
    EXPECT_THAT(folder.error_of("extends = \"base.toml\"\n"), testing::StartsWith("base.toml:2:9: model.heads = 0"));
}

TEST(Extends, ASettingReplacesTheBasesAxisAndBack)
{
    const SweepFolder folder;
    folder.write("base.toml", "[axes]\n\"model.attention_ratio\" = [0, 0.5]\n[training]\nbatch_size = 8\n");
    EXPECT_THAT(labels_of(folder.read("extends = \"base.toml\"\n[model]\nattention_ratio = 1\n")),
                ElementsAre("stft-r100-s1"));
    EXPECT_THAT(labels_of(folder.read("extends = \"base.toml\"\n[axes]\n\"training.batch_size\" = [4]\n")),
                ElementsAre("stft-r0-batch4-s1", "stft-r50-batch4-s1"));
}

TEST(Extends, AnAxisReplacedKeepsItsPlace)
{
    const SweepFolder folder;
    folder.write("base.toml", "[axes]\n\"data.spectrogram\" = [\"stft\"]\n\"model.attention_ratio\" = [0, 0.5]\n");
    EXPECT_THAT(labels_of(folder.read("extends = \"base.toml\"\n[axes]\n\"data.spectrogram\" = [\"cqt\", \"stft\"]\n")),
                ElementsAre("cqt-r0-s1", "cqt-r50-s1", "stft-r0-s1", "stft-r50-s1"));
}

TEST(Extends, AKeyTakenOutOfABasesZipLeavesTheRest)
{
    const SweepFolder folder;
    folder.write("base.toml", "[[zip]]\n\"training.batch_size\" = [8, 16]\n\"training.learning_rate\" = [0.1, 0.2]\n");
    EXPECT_THAT(labels_of(folder.read("extends = \"base.toml\"\n[training]\nbatch_size = 4\n")),
                ElementsAre("stft-r0-lr0.1-s1", "stft-r0-lr0.2-s1"));
}

TEST(Extends, ExclusionsAddUp)
{
    const SweepFolder folder;
    folder.write("base.toml",
                 "[axes]\n\"model.attention_ratio\" = [0, 0.25, 0.5]\n[[exclude]]\n\"model.attention_ratio\" = 0\n");
    EXPECT_THAT(labels_of(folder.read("extends = \"base.toml\"\n[[exclude]]\n\"model.attention_ratio\" = 0.5\n")),
                ElementsAre("stft-r25-s1"));
}

}  // namespace
}  // namespace attnsweep::tests
