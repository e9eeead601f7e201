#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runner/trial/event_writer.h"

namespace attnsweep::runner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Events : public ::testing::Test {
public:
    Events()
    {
        std::signal(SIGPIPE, SIG_IGN);
        if (::pipe(ends_) != 0) {
            throw std::runtime_error("no pipe");
        }
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
    ~Events() override
    {
        close_reader();
        ::close(ends_[1]);
    }
    void close_reader()
    {
        if (ends_[0] >= 0) {
            ::close(ends_[0]);
            ends_[0] = -1;
        }
    }
    std::string read_all()
    {
        std::string text;
        char piece[4096];
        for (ssize_t size; (size = ::read(ends_[0], piece, sizeof piece)) > 0;) {
            text.append(piece, static_cast<std::size_t>(size));
        }
        return text;
    }
    static TrialEvent event(TrialEvent::Kind kind, int epoch)
    {
        TrialEvent event;
        event.kind = kind;
        event.trial_id = "0123456789abcdef";
        event.epoch = epoch;
        return event;
    }

    int ends_[2];
};

TEST_F(Events, AreLinesOfJson)
{
    EventWriter writer(ends_[1]);
    writer.write(event(TrialEvent::Kind::started, 0));
    writer.write(event(TrialEvent::Kind::checkpoint, 3));
    const std::string text = read_all();
    const std::size_t end = text.find('\n');
    EXPECT_EQ(event_from_line(text.substr(0, end)).kind, TrialEvent::Kind::started);
    EXPECT_EQ(event_from_line(text.substr(end + 1, text.size() - end - 2)).epoch, 3);
    EXPECT_FALSE(writer.reader_gone());
}

TEST_F(Events, ProgressIsThinned)
{
    EventWriter writer(ends_[1]);
    for (int i = 0; i < 1000; ++i) {
        writer.write(event(TrialEvent::Kind::progress, 1));
    }
    const std::string text = read_all();
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_GE(lines, 1);
    EXPECT_LT(lines, 100);
}

TEST_F(Events, AFullPipeHoldsNobodyUpAndLosesNoEpoch)
{
    EventWriter writer(ends_[1]);
    constexpr int count = 5000;  // some 400 kB, the pipe takes 64 kB
    for (int i = 1; i <= count; ++i) {
        writer.write(event(TrialEvent::Kind::epoch, i));
    }
    EXPECT_FALSE(writer.flush(std::chrono::milliseconds(10)));
    std::string text;
    while (!writer.flush(std::chrono::milliseconds(1))) {
        text += read_all();
    }
    text += read_all();
    int seen = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_EQ(event_from_line(text.substr(begin, end - begin)).epoch, ++seen);
        begin = end + 1;
    }
    EXPECT_EQ(seen, count);
}

TEST_F(Events, ProgressThatWouldHaveToWaitIsDropped)
{
    EventWriter writer(ends_[1]);
    for (int i = 1; i <= 5000; ++i) {
        writer.write(event(TrialEvent::Kind::epoch, i));
    }
    writer.write(event(TrialEvent::Kind::progress, 1));
    std::string text;
    while (!writer.flush(std::chrono::milliseconds(1))) {
        text += read_all();
    }
    EXPECT_THAT(text + read_all(), Not(HasSubstr("progress")));
}

TEST_F(Events, AReaderThatLeftIsNoticedByPolling)
{
    EventWriter writer(ends_[1]);
    EXPECT_FALSE(writer.reader_gone());
    close_reader();
    EXPECT_TRUE(writer.reader_gone());
}

TEST_F(Events, AReaderThatLeftIsNoticedByWriting)
{
    EventWriter writer(ends_[1]);
    close_reader();
    writer.write(event(TrialEvent::Kind::epoch, 1));
    EXPECT_TRUE(writer.reader_gone());
    writer.write(event(TrialEvent::Kind::epoch, 2));  // and nothing happens
}

TEST(EventsToNobody, AreNoError)
{
    EventWriter writer(-1);
    writer.write(TrialEvent());
    EXPECT_FALSE(writer.reader_gone());
    EXPECT_TRUE(writer.flush(std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace attnsweep::runner
