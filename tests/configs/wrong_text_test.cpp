// Text that is no sweep file at all, or a value that no number can hold, is refused in words of a sweep file, with the line.
#include <gmock/gmock.h>

#include "configs/json_reason.h"
#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(WrongText, AnotherEncodingIsNamedWithTheLine)
{
    const SweepFolder folder;
    EXPECT_THAT(
        folder.error_of("[sweep]\n\nname = \"Fl\xF6te\"\n"),
        AllOf(StartsWith("sweep.toml:3:11: this is not UTF-8 (Latin-1?)"), HasSubstr("save the file as UTF-8")));
    EXPECT_THAT(folder.error_of(std::string("\xFF\xFE[\0s\0w\0", 8)),
                AllOf(StartsWith("sweep.toml:1:1: this is UTF-16"), HasSubstr("save the file as UTF-8")));
    EXPECT_THAT(folder.error_of(std::string("[\0s\0w\0", 6)), StartsWith("sweep.toml:1:2: this is UTF-16"));
    EXPECT_EQ(folder.error_of("\xEF\xBB\xBF[sweep]\r\nname = \"Fl\xC3\xB6te\"\r\n"), "no error");
}

TEST(WrongText, LinesThatEndLikeNoneOfToday)
{
    EXPECT_THAT(SweepFolder().error_of("[model]\rheads = 4\r"),
                AllOf(StartsWith("sweep.toml:1:8: "), HasSubstr("carriage return"), HasSubstr("save the file with")));
}

TEST(WrongText, NestedTooDeeply)
{
    EXPECT_THAT(
        SweepFolder().error_of("[model]\ndense_sizes = " + std::string(300, '[') + std::string(300, ']')),
        AllOf(StartsWith("sweep.toml:2:"), HasSubstr("nested"), HasSubstr("expected"), Not(HasSubstr("TOML_"))));
}

TEST(WrongText, AKeyOrSectionThatStandsTwiceIsNamedWithBothPlaces)
{
    const SweepFolder folder;
    EXPECT_THAT(folder.error_of("[sweep]\nrepeats = 1\n# more\n \"repeats\" = 2\n"),
                AllOf(StartsWith("sweep.toml:4:"), HasSubstr("sweep.repeats is set already at sweep.toml:2"),
                      HasSubstr("remove one")));
    EXPECT_THAT(folder.error_of("[model]\nheads = 4\n[sweep]\nrepeats = 1\n[model]\ndropout = 2\n"),
                AllOf(StartsWith("sweep.toml:5:"), HasSubstr("[model] is there already at sweep.toml:1"),
                      HasSubstr("one section")));
}

TEST(WrongText, ANumberThatIsTooLarge)
{
    const SweepFolder folder;
    EXPECT_THAT(folder.error_of("", {"training.learning_rate=1e400"}),
                AllOf(HasSubstr("training.learning_rate = 1e400 is out of range"), HasSubstr("expected a number")));
    EXPECT_THAT(folder.error_of("", {"seed.split=18446744073709551616"}),
                AllOf(HasSubstr("18446744073709551616 is out of range"), HasSubstr("expected")));
    EXPECT_THAT(folder.error_of("[seed]\nsplit = 18446744073709551616\n"),
                AllOf(StartsWith("sweep.toml:2:"), HasSubstr("out of range"), HasSubstr("expected")));
}

TEST(WrongText, AValueThatAnAxisHasTwice)
{
    const SweepFolder folder;
    EXPECT_THAT(folder.error_of("[axes]\n\"model.attention_ratio\" = [0, 0.5, 0.50]\n"),
                AllOf(StartsWith("sweep.toml:2:1: "), HasSubstr("model.attention_ratio has the value 0.5 twice"),
                      HasSubstr("leave one out")));
    EXPECT_EQ(folder.error_of("[[zip]]\n\"model.heads\" = [4, 4]\n\"model.attention_ratio\" = [0.25, 0.5]\n"),
              "no error");
}

TEST(WrongText, ANameThatNobodyCanReadOrType)
{
    const SweepFolder folder;
    for (const std::string name : {"a\\u001bb", "a\\u0000b", "a\\nb", " ", "\\t "}) {
        EXPECT_THAT(folder.error_of("[sweep]\nname = \"" + name + "\"\n"),
                    AllOf(StartsWith("sweep.toml:2:8: the sweep's name"), HasSubstr("expected")))
            << name;
    }
    EXPECT_EQ(folder.error_of("[sweep]\nname = \"Fl\xC3\xB6te 2\"\n"), "no error");
}

TEST(WrongText, JsonThatIsCutShort)
{
    EXPECT_EQ(configs::json_reason("[json.exception.parse_error.101] parse error at line 1, column 2: syntax error "
                                   "while parsing object key - unexpected end of input; expected string literal"),
              "it is cut short at line 1, column 2");
    EXPECT_EQ(configs::json_reason("[json.exception.parse_error.101] parse error at line 3, column 9: syntax error "
                                   "while parsing value - invalid literal; last read: 'x'"),
              "it is not JSON from line 3, column 9");
    EXPECT_EQ(configs::json_reason("[json.exception.out_of_range.403] key 'clips' not found"), "key 'clips' not found");
}

}  // namespace
}  // namespace attnsweep::tests
