// What a mistyped command line is answered: an option's nearest name, never CLI11's words of what it "expects".
#include "runner/command_line_words.h"

#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

std::string words(const std::string& line)
{
    CLI::App app("", "attnsweep");
    std::string store, format;
    int slots = 0, places = 0;
    std::vector<double> shares;
    CLI::App* run = app.add_subcommand("run", "");
    run->add_option("--store", store, "");
    run->add_option("--slots", slots, "");
    run->add_option("--places", places, "")->check(CLI::Range(1, 64));
    run->add_option("--shares", shares, "")->delimiter(',')->check(CLI::Range(0.01, 1.5));
    run->add_option("--format", format, "")->check(CLI::IsMember({"table", "json"}));
    auto* group = run->add_option_group("One", "");
    group->add_flag("--one");
    group->add_flag("--two");
    group->require_option(1);
    try {
        app.parse(line);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out, err;
        app.exit(error, out, err);
        return command_line_words(app, error, err.str());
    }
    return "nothing is wrong";
}

TEST(CommandLineWords, NameWhatIsWrongAndTheNearest)
{
    const std::string advice = "\nRun with --help for more information.\n";
    EXPECT_EQ(words("run --one"), "nothing is wrong");
    EXPECT_EQ(words("run --one --stroe x.db"), "attnsweep: there is no option --stroe; did you mean --store?" + advice);
    EXPECT_EQ(words("run --one --stroe=x.db"), "attnsweep: there is no option --stroe; did you mean --store?" + advice);
    EXPECT_EQ(words("run --one --quite-unlike-any"), "attnsweep: there is no option --quite-unlike-any" + advice);
    EXPECT_EQ(words("run --stroe x.db"), "attnsweep: there is no option --stroe; did you mean --store?" + advice)
        << "before what is missing";
    EXPECT_EQ(words("run --one extra"), "attnsweep: the argument 'extra' is one too many" + advice);
    EXPECT_EQ(words("run --one --slots 1 --slots 2"),
              "attnsweep: --slots is given more than once: expected once" + advice);
    EXPECT_EQ(words("run --one --format JSON"), "attnsweep: --format JSON: expected one of table, json" + advice);
    EXPECT_THAT(words("run"), testing::StartsWith("attnsweep: expected one of these, and only one: "));
    EXPECT_EQ(words("run --one --slots many"),
              "attnsweep: --slots: 'many': expected a number in digits that is not so large" + advice);
    EXPECT_EQ(words("run --one --places 65"),
              "attnsweep: --places: '65': expected a whole number from 1 to 64" + advice);
    EXPECT_EQ(words("run --one --shares 1,,2"),
              "attnsweep: --shares: '2': expected a number from 0.01 to 1.5" + advice);
    EXPECT_LT(words("run --one --" + std::string(500, 'x')).size(), 120U) << "shortened";
}

}  // namespace
}  // namespace attnsweep::runner
