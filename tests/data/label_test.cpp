#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/printable.h"
#include "data/error.h"
#include "data/label.h"
#include "tests/data/audio_files.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(std::string_view text)
{
    return message_of<data::Error>([&] { data::class_label(text, "files.csv:7"); });
}

TEST(Label, OneNameIsOneClassHoweverItIsWritten)
{
    const std::string composed = "Fl\u00F6te", decomposed = "Flo\u0308te";
    ASSERT_NE(composed, decomposed);
    EXPECT_EQ(data::class_label(composed, ""), composed);
    EXPECT_EQ(data::class_label(decomposed, ""), composed);
    EXPECT_EQ(data::class_label(" tuba\u00A0 ", ""), "tuba") << "a no-break space is a blank too";
    EXPECT_EQ(data::class_label("cor anglais", ""), "cor anglais");
    EXPECT_EQ(data::class_label("\u4E8C\u80E1", ""), "\u4E8C\u80E1");
}

TEST(Label, CharactersThatCannotBeSeenMakeNoOtherClass)
{
    for (const std::string name : {"violin\u200E", "\u200Bviolin", "vio\u200Blin", "vio\u00ADlin", "\u202Eviolin\u202C",
                                   "vio\u2060lin", "\uFEFFviolin \u200E"}) {
        EXPECT_EQ(data::class_label(name, ""), "violin") << data::escaped_name(name);
    }
    EXPECT_THAT(refusal("\u200E\u200B"), HasSubstr("is blank"));
    const std::string joined = "\U0001F469\u200D\U0001F3A4", persian = "\u0645\u06CC\u200C\u062E\u0648";
    EXPECT_EQ(data::class_label(joined, ""), joined) << "a joiner is part of how a name is written";
    EXPECT_EQ(data::class_label(persian, ""), persian);
    EXPECT_EQ(data::differ_in_case_only({joined, "\U0001F469\U0001F3A4"}).size(), 1U);
}

TEST(Label, WhatIsNoNameIsRefusedWithItsPlace)
{
    EXPECT_THAT(refusal("Fl\xF6te"), AllOf(HasSubstr("files.csv:7: "), HasSubstr("`Fl\\xF6te`"), HasSubstr("not UTF-8"),
                                           HasSubstr("convmv")));
    EXPECT_THAT(refusal(" \u3000"), HasSubstr("is blank"));
    EXPECT_THAT(refusal("a\x1B[2Jb"), AllOf(HasSubstr("`a\\x1B[2Jb`"), HasSubstr("control character")));
    EXPECT_THAT(refusal("two\nlines"), HasSubstr("control character"));
    EXPECT_THAT(refusal(std::string(256, 'x')), AllOf(HasSubstr("256 bytes"), HasSubstr("at most 255")));
}

TEST(Label, NamesThatDifferInCaseAreTold)
{
    EXPECT_THAT(data::differ_in_case_only({"Tuba", "VIOLIN", "Violin", "tuba", "viola", "violin"}),
                ElementsAre("Tuba and tuba", "VIOLIN and Violin and violin"));
    EXPECT_THAT(data::differ_in_case_only({"FL\u00D6TE", "fl\u00F6te"}), ElementsAre("FL\u00D6TE and fl\u00F6te"));
}

TEST(Label, AFilesNameIsStoredPrintable)
{
    EXPECT_EQ(data::escaped_name("a/\u00F6.wav"), "a/\u00F6.wav");
    EXPECT_EQ(data::escaped_name("a/\xF6\n.wav"), "a/\\xF6\\x0A.wav");
}

TEST(Label, TheWidthOnATerminalCountsNeitherMarksNorBytes)
{
    EXPECT_EQ(configs::display_width("Fl\u00F6te"), 5U);
    EXPECT_EQ(configs::display_width("Flo\u0308te"), 5U);
    EXPECT_EQ(configs::display_width("\u4E8C\u80E1"), 4U);
    EXPECT_EQ(configs::shortened("\u4E8C\u80E1\u4E8C\u80E1", 6), "\u4E8C\u80E1\u2026");
}

}  // namespace
}  // namespace attnsweep::tests
