#include <gtest/gtest.h>

#include "configs/printable.h"
#include "reports/tables/escaping.h"

namespace attnsweep::reports {
namespace {

using configs::display_width;
using configs::printable;
using configs::shortened;

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

TEST(Gnuplot, NoPictureAndNoFormatGetsIn)
{
    EXPECT_EQ(gnuplot_string("viola \xF0\x9F\x8E\xBB"), "'viola \xEF\xBF\xBD'");
    EXPECT_EQ(gnuplot_tic("100 %s %%"), "'100 %%s %%%%'");
}

TEST(Html, NothingBreaksOutOfTextOrQuotes)
{
    EXPECT_EQ(html_escaped("<script>&amp;"), "&lt;script&gt;&amp;amp;");
    EXPECT_EQ(html_escaped("\" onload='x'"), "&quot; onload=&#39;x&#39;");
    EXPECT_EQ(html_escaped("a\xE2\x80\xAE\nb"), "a\xEF\xBF\xBD b");
}

TEST(Latex, CommandsAndLigaturesAreText)
{
    EXPECT_EQ(latex_escaped("\\input{x}"), "\\textbackslash{}input\\{x\\}");
    EXPECT_EQ(latex_escaped("50 % of #1_a & $b^c~d"),
              "50 \\% of \\#1\\_a \\& \\$b\\textasciicircum{}c\\textasciitilde{}d");
    EXPECT_EQ(latex_escaped("<a--b>?`\""), "\\textless{}a-{}-{}b\\textgreater{}?\\char96{}\\char34{}");
    EXPECT_EQ(latex_escaped("95.1±0.2 Flöte"), "95.1$\\pm$0.2 Flöte");
    EXPECT_EQ(latex_escaped("r25¹⁰"), "r25\\textsuperscript{1}\\textsuperscript{0}");
    EXPECT_EQ(latex_escaped("二胡"), "[U+4E8C][U+80E1]");
}

TEST(Shortened, KeepsWholeCodePoints)
{
    EXPECT_EQ(shortened("Flöte", 5), "Flöte");
    EXPECT_EQ(shortened("Flöten", 5), "Flöt…");
    EXPECT_EQ(shortened("", 5), "");
}

TEST(DisplayWidth, CountsCodePoints)
{
    EXPECT_EQ(display_width("95.09±0.31"), 10U);
    EXPECT_EQ(display_width("stft-r25¹²"), 10U);
}

}  // namespace
}  // namespace attnsweep::reports
