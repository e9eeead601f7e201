// What is wrong with a store, or with a path, is named with its remedy and exit code, whichever command meets it.
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/folders.h"
#include "files/lease.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "runner/path_options.h"
#include "tests/runner/cli/called.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

class StoreErrors : public testing::Test {
protected:
    StoreErrors()
    {
        store::Store store = store::Store::open_to_write(store_);
        store.record_sweep(sweep_);
        store::finish(store, store::done_result(sweep_.trials[0], {9, 8, 7}));
    }

    struct Refused {
        int code = 0;
        std::string words;
    };
    static Refused refused(void (*add)(CLI::App&, Command&), const std::vector<std::string>& arguments)
    {
        try {
            (void)tests::called(add, arguments);
        } catch (const std::exception& error) {
            return {exit_code_of(error), last_words_of(error)};
        }
        return {};
    }
    std::vector<Refused> of_every_writer() const
    {
        return {refused(add_store, {"store", "rebuild", "--store", store_}), refused(add_gc, {"gc", "--store", store_}),
                refused(add_import_paper, {"import-paper", "--store", store_})};
    }

    tests::TemporaryFolder folder_;
    std::string store_ = (folder_ / "results.db").string();
    configs::Sweep sweep_ = store::synthetic_sweep();
};

TEST_F(StoreErrors, OneInUseIsOfTheStoreForEveryCommandThatWrites)
{
    const files::Lease lease(store_ + ".d/lease");
    for (const Refused& each : of_every_writer()) {
        EXPECT_EQ(each.code, exit_store) << each.words;
        EXPECT_THAT(each.words, HasSubstr("in use by process"));
    }
}

TEST_F(StoreErrors, OnReadOnlyMediaToo)
{
    (void)files::Lease(store_ + ".d/lease");
    if (::mount(folder_.path().c_str(), folder_.path().c_str(), nullptr, MS_BIND, nullptr) != 0) {
        GTEST_SKIP() << "a read-only mount needs root";
    }
    ASSERT_EQ(::mount(nullptr, folder_.path().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
    std::vector<Refused> found = of_every_writer();
    found.push_back(refused(add_store, {"store", "hide", sweep_.name, "--store", store_}));
    ::umount2(folder_.path().c_str(), MNT_DETACH);
    for (const Refused& each : found) {
        EXPECT_EQ(each.code, exit_store) << each.words;
        EXPECT_THAT(each.words, AllOf(HasSubstr("Read-only file system"), Not(HasSubstr("permission")),
                                      Not(HasSubstr("lease.lock: cannot be created"))))
            << each.words;
    }
}

std::string wrong_store(const std::string& path)
{
    CLI::App app;
    Command chosen;
    add_store(app, chosen);
    check_paths(app);
    try {
        app.parse(std::vector<std::string>{path, "--store", "rebuild", "store"});
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
    return {};
}

TEST_F(StoreErrors, ALinkToItselfIsNamed)
{
    fs::create_symlink("loop.db", folder_ / "loop.db");
    EXPECT_THAT(wrong_store(folder_ / "loop.db"), AllOf(HasSubstr("loop.db"), HasSubstr("leads back to itself")));
    try {
        (void)store::Store::open_to_write(folder_ / "loop.db");
        FAIL() << "opened";
    } catch (const std::exception& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("loop.db"), HasSubstr("leads back to itself")));
    }
}

TEST_F(StoreErrors, ACurrentDirectoryThatWasRemovedIsNamed)
{
    const std::string before = fs::current_path();
    fs::create_directory(folder_ / "gone");
    fs::current_path(folder_ / "gone");
    fs::remove(folder_ / "gone");
    const std::string of_path = wrong_store("x.db");
    std::string words;
    int code = 0;
    try {
        (void)fs::absolute("x.db");
    } catch (const std::exception& error) {
        words = last_words_of(error);
        code = exit_code_of(error);
    }
    fs::current_path(before);
    EXPECT_THAT(of_path, AllOf(HasSubstr("x.db"), HasSubstr("current directory"), HasSubstr("cd to")));
    EXPECT_THAT(words, AllOf(HasSubstr("current directory"), HasSubstr("cd to")));
    EXPECT_EQ(code, exit_usage);
}

}  // namespace
}  // namespace attnsweep::runner
