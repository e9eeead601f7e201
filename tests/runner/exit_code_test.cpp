// The one table of what an exception of each library means to whoever started the program.
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/error.h"
#include "data/error.h"
#include "files/error.h"
#include "model/error.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "store/error.h"

namespace attnsweep::runner {
namespace {

TEST(ExitCodes, OfEachLibrary)
{
    EXPECT_EQ(exit_code_of(Error("x", exit_run_again)), exit_run_again);
    EXPECT_EQ(exit_code_of(configs::Error("x")), exit_bad_input);
    EXPECT_EQ(exit_code_of(data::Error("x")), exit_bad_input);
    EXPECT_EQ(exit_code_of(model::Error("x")), exit_bad_input);
    EXPECT_EQ(exit_code_of(model::NoDevice("x")), exit_no_device);
    EXPECT_EQ(exit_code_of(files::Error("x", "cannot be read", EACCES)), exit_failed);
    EXPECT_EQ(exit_code_of(files::Error("x", "cannot be read", EACCES), exit_store), exit_store);
    EXPECT_EQ(exit_code_of(std::runtime_error("x")), exit_failed);
}

TEST(ExitCodes, ANameOrQuestionTheStoreDoesNotKnowIsTheCommandLines)
{
    using Kind = store::Error::Kind;
    for (const Kind kind : {Kind::unknown, Kind::bad_query}) {
        EXPECT_EQ(exit_code_of(store::Error(kind, "x")), exit_usage);
    }
    for (const Kind kind :
         {Kind::missing, Kind::unwritable, Kind::not_a_store, Kind::newer, Kind::damaged, Kind::busy}) {
        EXPECT_EQ(exit_code_of(store::Error(kind, "x")), exit_store);
    }
}

TEST(ExitCodes, AThreadThatCannotBeStartedIsTheSystems)
{
    EXPECT_EQ(exit_code_of(std::system_error(EAGAIN, std::generic_category())), exit_not_started);
    EXPECT_EQ(exit_code_of(std::system_error(EMFILE, std::generic_category())), exit_not_started);
    EXPECT_EQ(exit_code_of(files::Error("x", "cannot be opened", EMFILE), exit_store), exit_not_started);
    EXPECT_EQ(exit_code_of(std::system_error(EACCES, std::generic_category())), exit_failed);
    EXPECT_TRUE(is_environment_failure(exit_not_started));
}

TEST(ExitCodes, APathOfTheStoreThatCannotBeFollowed)
{
    const std::filesystem::filesystem_error loop("cannot get file status", "x.db",
                                                 std::make_error_code(std::errc::too_many_symbolic_link_levels));
    EXPECT_EQ(exit_code_of(loop, exit_store), exit_store);
    EXPECT_EQ(exit_code_of(loop), exit_failed);
}

TEST(ExitCodes, NobodySaysWhetherReadingOrWritingWasRefused)
{
    const std::filesystem::filesystem_error refused("status", "shards/x",
                                                    std::make_error_code(std::errc::permission_denied));
    EXPECT_THAT(
        last_words_of(refused),
        testing::AllOf(testing::HasSubstr("shards/x: cannot be used: Permission denied; give yourself permission"),
                       testing::Not(testing::HasSubstr("write permission"))));
}

TEST(ExitCodes, AFullDiskOrQuotaWhoeverMetIt)
{
    for (const int code : {ENOSPC, EDQUOT, EFBIG}) {
        EXPECT_EQ(exit_code_of(data::Error("x", "file", code)), exit_no_space);
        EXPECT_EQ(exit_code_of(files::Error("x", "cannot be written", code), exit_store), exit_no_space);
        EXPECT_EQ(exit_code_of(std::system_error(code, std::generic_category())), exit_no_space);
    }
    EXPECT_EQ(exit_code_of(store::Error(store::Error::Kind::no_space, "x")), exit_no_space);
}

}  // namespace
}  // namespace attnsweep::runner
