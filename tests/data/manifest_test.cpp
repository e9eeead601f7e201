#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/error.h"
#include "data/manifest.h"
#include "tests/data/audio_files.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Manifest : public ::testing::Test {
protected:
    data::Manifest read(const std::string& text) const
    {
        write_bytes(folder_ / "files.csv", text);
        return data::read_manifest(folder_ / "files.csv");
    }
    std::string error(const std::string& text) const
    {
        return message_of<data::Error>([&] { read(text); });
    }
    TemporaryFolder folder_;
};

TEST_F(Manifest, ReadsEveryColumnInAnyOrder)
{
    const data::Manifest manifest =
        read("label,path,split,group,end_s,start_s\nviolin,a.wav,train,take 1,3.5,1\ntuba,b.wav,test,,,\n");
    ASSERT_EQ(manifest.rows.size(), 2U);
    EXPECT_TRUE(manifest.has_split);
    const data::ManifestRow& first = manifest.rows[0];
    EXPECT_EQ(first.path, "a.wav");
    EXPECT_EQ(first.label, "violin");
    EXPECT_EQ(first.group, "take 1");
    EXPECT_EQ(first.split, data::ManifestSplit::train);
    EXPECT_EQ(first.start_s, 1.0);
    EXPECT_EQ(first.end_s, 3.5);
    EXPECT_EQ(first.line, 2);
    EXPECT_EQ(manifest.rows[1].split, data::ManifestSplit::test);
    EXPECT_FALSE(manifest.rows[1].start_s.has_value());
    EXPECT_EQ(manifest.rows[1].line, 3);
}

TEST_F(Manifest, QuotedFieldsHoldCommasQuotesAndLineBreaks)
{
    const data::Manifest manifest = read(
        "\xEF\xBB\xBFpath,label\r\n\"a, b.wav\",\"cor \"\"anglais\"\"\"\r\n\r\n\"two\nlines.wav\",tuba\r\nc.wav,oboe");
    ASSERT_EQ(manifest.rows.size(), 3U);
    EXPECT_EQ(manifest.rows[0].path, "a, b.wav");
    EXPECT_EQ(manifest.rows[0].label, "cor \"anglais\"");
    EXPECT_EQ(manifest.rows[1].path, "two\nlines.wav");
    EXPECT_EQ(manifest.rows[1].line, 4);
    EXPECT_EQ(manifest.rows[2].line, 6);
    EXPECT_EQ(manifest.rows[2].label, "oboe");
    EXPECT_FALSE(manifest.has_split);
}

TEST_F(Manifest, MistakesAreNamedWithFileLineAndValue)
{
    EXPECT_THAT(error(""), AllOf(HasSubstr("files.csv:1"), HasSubstr("path,label")));
    EXPECT_THAT(error("path,label\n"), HasSubstr("no recording"));
    EXPECT_THAT(error("a.wav,violin\n"), AllOf(HasSubstr("files.csv:1"), HasSubstr("`a.wav`")));
    EXPECT_THAT(error("path,split\n"), AllOf(HasSubstr("files.csv:1"), HasSubstr("no column `label`")));
    EXPECT_THAT(error("path,label,path\n"), HasSubstr("`path` twice"));
    EXPECT_THAT(error("path,label\na.wav,x\nb.wav\n"), AllOf(HasSubstr("files.csv:3"), HasSubstr("1 fields")));
    EXPECT_THAT(error("path,label\n,x\n"), AllOf(HasSubstr("files.csv:2"), HasSubstr("empty path")));
    EXPECT_THAT(error("path,label\na.wav,\n"), AllOf(HasSubstr("files.csv:2"), HasSubstr("empty label")));
    EXPECT_THAT(error("path,label,split\na.wav,x,dev\n"), AllOf(HasSubstr("files.csv:2"), HasSubstr("`dev`")));
    EXPECT_THAT(error("path,label,split\na.wav,x,\n"), AllOf(HasSubstr("files.csv:2"), HasSubstr("every row")));
    EXPECT_THAT(error("path,label,start_s,end_s\na.wav,x,soon,\n"),
                AllOf(HasSubstr("files.csv:2"), HasSubstr("`soon`")));
    EXPECT_THAT(error("path,label,start_s,end_s\na.wav,x,-1,\n"), HasSubstr("`-1`"));
    EXPECT_THAT(error("path,label,start_s,end_s\na.wav,x,4,3\n"), HasSubstr("end_s = 3 is not after start_s = 4"));
    EXPECT_THAT(error("path,label\n\"a.wav,x\n"), AllOf(HasSubstr("files.csv:2"), HasSubstr("never ends")));
    EXPECT_THAT(error("path,label\n\"a\"b.wav,x\n"), HasSubstr("closing quote"));
    EXPECT_THAT(error("path,label\na\"b.wav,x\n"), HasSubstr("quote within"));
    EXPECT_THAT(
        error("path,label\ra.wav,x\rb.wav,y\r"),
        AllOf(HasSubstr("files.csv:1: its lines end with a carriage return (CR) alone"), HasSubstr("tr '\\r' '\\n'")));
}

TEST_F(Manifest, AFileThatIsNotThereIsNamed)
{
    EXPECT_THAT(message_of<data::Error>([&] { data::read_manifest(folder_ / "gone.csv"); }),
                AllOf(HasSubstr((folder_ / "gone.csv").string()), HasSubstr("path,label")));
}

}  // namespace
}  // namespace attnsweep::tests
