#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/tables/table.h"
#include "reports/tables/table_html.h"
#include "reports/tables/table_json.h"
#include "reports/tables/table_latex.h"

namespace attnsweep::reports {
namespace {

Table small_table()
{
    Table table;
    table.title = "Clips";
    table.columns = {{"class", false}, {"n"}};
    table.rows = {{text_cell("a|b"), number_cell("7")}, {text_cell("=sum"), number_cell("-12.5")}};
    table.rules_before = {1};
    table.notes = {"one two three four five"};
    return table;
}

TEST(Table, TextIsAlignedAndWrapped)
{
    EXPECT_EQ(to_text(small_table(), 16), "Clips\n\n"
                                          "class      n\n"
                                          "------------\n"
                                          "a|b        7\n"
                                          "------------\n"
                                          "=sum   -12.5\n\n"
                                          "  one two three\n"
                                          "  four five\n");
}

TEST(Table, MarkdownIsEscaped)
{
    EXPECT_EQ(to_markdown(small_table()), "### Clips\n\n"
                                          "| class | n |\n"
                                          "| --- | ---: |\n"
                                          "| a\\|b | 7 |\n"
                                          "| =sum | -12.5 |\n\n"
                                          "- one two three four five\n");
}

TEST(Table, CsvIsDataAlone)
{
    EXPECT_EQ(to_csv(small_table()), "class,n\na|b,7\n'=sum,-12.5\n");
}

TEST(Table, LatexRowsGiveTheRulesNoBracket)
{
    const std::string latex = to_latex(
        {"T", {{"a_b", false}, {"n"}}, {{text_cell("[2cm] & \\x"), number_cell("1")}}, {}, {}, {"50 %"}}, "one");
    EXPECT_THAT(latex, testing::HasSubstr("\\midrule\n{}[2cm] \\& \\textbackslash{}x & 1 \\\\\n\\bottomrule"));
    EXPECT_THAT(latex, testing::HasSubstr("\\label{tab:one}"));
}

TEST(Table, JsonKeepsNumbersNumbers)
{
    EXPECT_EQ(to_json({"T",
                       {{"a"}, {"b"}, {"c"}, {"d"}},
                       {{text_cell("1"), number_cell("0.5"), number_cell(""), number_cell("3/3")}},
                       {},
                       {},
                       {}}),
              "{\n  \"title\": \"T\",\n  \"columns\": [\n    \"a\",\n    \"b\",\n    \"c\",\n    \"d\"\n  ],\n  "
              "\"rows\": [\n    {\n"
              "      \"a\": \"1\",\n      \"b\": 0.5,\n      \"c\": null,\n      \"d\": \"3/3\"\n    }\n  ],\n  "
              "\"notes\": []\n}\n");
}

TEST(Table, HtmlLinksItsNumbersAndMarksItsHeadings)
{
    Table table{"T<", {{"a", false}, {"b"}}, {{text_cell("x&y"), {"1", true, "there"}}}, {0}, {}, {"n"}};
    const std::string html = to_html(table, "id");
    EXPECT_THAT(html, testing::HasSubstr("<caption id=\"id-caption\">T&lt;</caption>"));
    EXPECT_THAT(html, testing::HasSubstr("<th scope=\"col\" class=\"n\">b</th>"));
    EXPECT_THAT(
        html,
        testing::HasSubstr(
            "<tr class=\"rule\"><th scope=\"row\">x&amp;y</th><td class=\"n\"><a href=\"#there\">1</a></td></tr>"));
}

TEST(Table, HtmlFoldsAllButTheKeyNotes)
{
    Table table{"T", {{"a"}}, {}, {}, {}, {"first", "second", "third"}};
    EXPECT_THAT(to_html(table, "id"), testing::Not(testing::HasSubstr("<details>"))) << "none is more than the others";
    table.key_notes = {1};
    EXPECT_THAT(to_html(table, "id"),
                testing::EndsWith("<ul class=\"notes\">\n<li>second</li>\n</ul>\n"
                                  "<details><summary>2 more notes on this table</summary>\n"
                                  "<ul class=\"notes\">\n<li>first</li>\n<li>third</li>\n</ul>\n</details>\n"));
}

}  // namespace
}  // namespace attnsweep::reports
