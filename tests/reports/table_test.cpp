#include <gtest/gtest.h>

#include "reports/table.h"

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

}  // namespace
}  // namespace attnsweep::reports
