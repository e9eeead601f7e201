#include "runner/rank/event_pipe.h"

#include <array>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Pipe : public ::testing::Test {
public:
    Pipe()
    {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
        pipe_ = EventPipe(ends[0]);
        writer_ = ends[1];
    }
    ~Pipe() override { end(); }
    void write(const std::string& text) const
    {
        EXPECT_EQ(::write(writer_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void end()
    {
        if (writer_ >= 0) {
            ::close(writer_);
        }
        writer_ = -1;
    }

    EventPipe pipe_;
    int writer_ = -1;
};

TEST_F(Pipe, GivesWholeLines)
{
    EXPECT_THAT(pipe_.read(), IsEmpty()) << "nothing is there, and it does not wait";
    write("one\ntwo\nth");
    EXPECT_THAT(pipe_.read(), ElementsAre("one", "two"));
    write("ree\n");
    EXPECT_THAT(pipe_.read(), ElementsAre("three"));
    EXPECT_GE(pipe_.descriptor(), 0);
}

TEST_F(Pipe, IsClosedOnceItsWriterHas)
{
    write("last\n");
    end();
    EXPECT_THAT(pipe_.read(), ElementsAre("last"));
    EXPECT_LT(pipe_.descriptor(), 0) << "polled on, it would be readable for ever";
    EXPECT_THAT(pipe_.read(), IsEmpty());
}

TEST_F(Pipe, TakesMoreThanItsBuffer)
{
    const std::string line(10000, 'x');
    write(line + "\n" + line + "\n");
    EXPECT_THAT(pipe_.read(), ElementsAre(line, line));
}

}  // namespace
}  // namespace attnsweep::runner
