// Words as shells and lists take them.
#include <cstdlib>

#include <gmock/gmock.h>

#include "configs/name_list.h"
#include "configs/shell_word.h"

namespace attnsweep::configs {
namespace {

using testing::ElementsAre;

TEST(ShellWord, IsQuotedWhereItMustBe)
{
    EXPECT_EQ(shell_word("results.db"), "results.db");
    EXPECT_EQ(shell_word("/data/Fl\xc3\xb6te/r@1.db"), "/data/Fl\xc3\xb6te/r@1.db");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_path("-r.db"), "./-r.db");
    for (const std::string text :
         {"my store/r.db", "it's", "a$b", "a;b", "*", "~/x", "a\"b", "#x", "{a,b}", "a\\b", "!x"}) {
        const std::string command = "test " + shell_word(text) + " = \"$WORD\"";
        ::setenv("WORD", text.c_str(), 1);
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
    }
    ::unsetenv("WORD");
}

TEST(NameList, KnownNamesMayHaveCommas)
{
    const auto is_known = [](const std::string& name) { return name == "a" || name == "b,c" || name == "b"; };
    EXPECT_THAT(names_in({"a,b,c"}, is_known), ElementsAre("a", "b,c"));
    EXPECT_THAT(names_in({"b,c,a", "x,y"}, is_known), ElementsAre("b,c", "a", "x", "y"));
    EXPECT_THAT(names_in({"b,", ""}, is_known), ElementsAre("b", ""));
}

}  // namespace
}  // namespace attnsweep::configs
