#include <gtest/gtest.h>

#include "reports/escaping.h"

namespace attnsweep::reports {
namespace {

TEST(Printable, LeavesWordsAndMovesNothing)
{
    EXPECT_EQ(printable("cor-anglais Flöte 二胡"), "cor-anglais Flöte 二胡");
    EXPECT_EQ(printable("a\nb\tc"), "a b c");
    EXPECT_EQ(printable("\x1b[31mred"), "\xEF\xBF\xBD[31mred");
    EXPECT_EQ(printable("a\xE2\x80\xAEgnp"), "a\xEF\xBF\xBDgnp");  // right-to-left override
    EXPECT_EQ(printable("bad \xff\xC3"), "bad \xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(printable("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // an overlong slash
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "\xEF\xBF\xBD"
              "31m");  // C1's own escape
}

TEST(Markdown, NothingBreaksOutOfACell)
{
    EXPECT_EQ(markdown_escaped("a|b"), "a\\|b");
    EXPECT_EQ(markdown_escaped("<script>"), "&lt;script&gt;");
    EXPECT_EQ(markdown_escaped("![x](http://y)"), "\\!\\[x\\](http://y)");
    EXPECT_EQ(markdown_escaped("`a`\n# b"), "\\`a\\` \\# b");
    EXPECT_EQ(markdown_escaped("_a_b_"), "\\_a_b\\_");
    EXPECT_EQ(markdown_escaped("cor-anglais"), "cor-anglais");
}

TEST(Csv, FormulasAreText)
{
    EXPECT_EQ(csv_field("=cmd|' /C calc'!A0", false), "'=cmd|' /C calc'!A0");
    EXPECT_EQ(csv_field("-1+2", false), "'-1+2");
    EXPECT_EQ(csv_field("@SUM(A1)", false), "'@SUM(A1)");
    EXPECT_EQ(csv_field(" =1", false), "' =1");
    EXPECT_EQ(csv_field("-0.5", true), "-0.5");
}

TEST(Csv, QuotesAsRfc4180)
{
    EXPECT_EQ(csv_field("a,b", false), "\"a,b\"");
    EXPECT_EQ(csv_field("say \"a\"", false), "\"say \"\"a\"\"\"");
    EXPECT_EQ(csv_field("two\nlines", false), "two lines");
    EXPECT_EQ(csv_field("plain", false), "plain");
    EXPECT_EQ(csv_field("", false), "");
}

TEST(Gnuplot, AStringCannotEnd)
{
    EXPECT_EQ(gnuplot_string("it's"), "'it''s'");
    EXPECT_EQ(gnuplot_string("a'\nsystem 'x"), "'a'' system ''x'");
    EXPECT_EQ(gnuplot_string("`date` \\n"), "'`date` \\n'");
}

TEST(DisplayWidth, CountsCodePoints)
{
    EXPECT_EQ(display_width("95.09±0.31"), 10U);
    EXPECT_EQ(display_width("stft-r25¹²"), 10U);
}

}  // namespace
}  // namespace attnsweep::reports
