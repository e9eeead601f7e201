#include "runner/rank/peer_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/runner/rank/message_as.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::message_as;

/// Keeps what is sent.
class FakeTransport : public scheduler::Transport {
public:
    explicit FakeTransport(int own) : own_(own) {}
    int rank() const override { return own_; }
    int size() const override { return 4; }
    void send(int to, const std::string& text) override { sent[to].push_back(message_from(text)); }
    std::optional<scheduler::Message> receive() override { return std::nullopt; }
    std::vector<int> lost_ranks() override { return std::exchange(dead, {}); }
    void give_up(int rank) override { given_up.push_back(rank); }

    template <class What> int count(int to) const
    {
        int found = 0;
        if (const auto messages = sent.find(to); messages != sent.end()) {
            for (const RankMessage& message : messages->second) {
                found += message_as<What>(message) ? 1 : 0;
            }
        }
        return found;
    }

    std::map<int, std::vector<RankMessage>> sent;
    std::vector<int> dead, given_up;

private:
    int own_;
};

/// A process to be killed.
class Sleeper {
public:
    Sleeper() : pid_(::fork())
    {
        if (pid_ == 0) {
            ::pause();
            ::_exit(0);
        }
    }
    ~Sleeper() { end(SIGKILL); }
    pid_t pid() const { return pid_; }
    /// The signal that ended it.
    int end(int number = 0)
    {
        if (pid_ == 0) {
            return 0;
        }
        if (number != 0) {
            ::kill(pid_, number);
        }
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WTERMSIG(status);
    }

private:
    pid_t pid_;
};

const ProcessIdentity nobody{"elsewhere", "", 12345, 1};

std::vector<std::string> gone_by(PeerMonitor& peers, int from_s, int to_s)
{
    std::vector<std::string> all;
    for (int now_s = from_s; now_s <= to_s; ++now_s) {
        for (const PeerMonitor::LostPeer& gone : peers.tick(now_s)) {
            all.push_back(std::to_string(gone.rank) + " " + gone.reason);
        }
    }
    return all;
}

TEST(PeerMonitor, GiveSignsOfLifeOnceIntroduced)
{
    FakeTransport transport(1);
    Messenger messenger(transport);
    PeerMonitor peers(messenger, {true, 1, 4}, 12);
    gone_by(peers, 0, 5);
    EXPECT_THAT(transport.sent, IsEmpty()) << "a rank that does not know the sweep yet is not listened for";
    peers.introduce();
    peers.introduce();
    EXPECT_EQ(transport.count<PeerHello>(0), 1);
    peers.handle(0, PeerHello{"n", nobody}, 5);
    EXPECT_THAT(gone_by(peers, 6, 11), IsEmpty());
    EXPECT_EQ(transport.count<Heartbeat>(0), 3) << "every 2 s";
}

TEST(PeerMonitor, RankZeroHasASilentRankKilledByOneOfItsNode)
{
    FakeTransport transport(0);
    Messenger messenger(transport);
    PeerMonitor peers(messenger, {true, 0, 4}, 10);
    peers.introduce();
    for (const int rank : {1, 2, 3}) {
        peers.handle(rank, PeerHello{rank == 1 ? "m" : "n", nobody}, 0);
    }
    EXPECT_EQ(transport.count<PeerHello>(2), 1);
    gone_by(peers, 0, 6);
    for (const int rank : {1, 2}) {
        peers.heard(rank, 6);
    }
    EXPECT_THAT(gone_by(peers, 7, 12), ElementsAre("3 has not been heard for 10 s"));
    EXPECT_THAT(transport.given_up, ElementsAre(3)) << "nobody waits for it at the end";
    EXPECT_EQ(transport.count<EndRank>(2), 1);
    EXPECT_EQ(transport.count<EndRank>(1), 0) << "it is of another node";
    EXPECT_FALSE(peers.one_may_live());
    const int signs = transport.count<Heartbeat>(3);
    peers.heard(1, 12);
    EXPECT_THAT(gone_by(peers, 13, 17).front(), HasSubstr("2 has not been heard for 10 s, and no other rank of n"));
    EXPECT_TRUE(peers.one_may_live());
    EXPECT_EQ(transport.count<Heartbeat>(3), signs);
    transport.dead = {2};
    EXPECT_THAT(gone_by(peers, 18, 18), IsEmpty()) << "told once";
    EXPECT_FALSE(peers.one_may_live());
}

TEST(PeerMonitor, ADeadRankIsToldOnceAndIsNobodysNeighbour)
{
    FakeTransport transport(0);
    Messenger messenger(transport);
    PeerMonitor peers(messenger, {true, 0, 4}, 10);
    peers.introduce();
    for (const int rank : {1, 2}) {
        peers.handle(rank, PeerHello{"n", nobody}, 0);
    }
    transport.dead = {1};
    EXPECT_THAT(gone_by(peers, 0, 1), ElementsAre("1 died"));
    EXPECT_THAT(gone_by(peers, 2, 11), ElementsAre(HasSubstr("2 has not been heard")));
    EXPECT_EQ(transport.count<EndRank>(1), 0);
}

TEST(PeerMonitor, ARankEndsASilentRankZeroOfItsNodeAndNoOther)
{
    for (const bool same_node : {true, false}) {
        Sleeper zero;
        FakeTransport transport(1);
        Messenger messenger(transport);
        PeerMonitor peers(messenger, {true, 1, 4}, 10);
        peers.introduce();
        peers.handle(0, PeerHello{same_node ? node_name({true, 1, 4}) : "elsewhere", identity_of(zero.pid())}, 0);
        EXPECT_THAT(gone_by(peers, 0, 11), ElementsAre("0 has not been heard for 10 s"));
        EXPECT_EQ(zero.end(same_node ? 0 : SIGTERM), same_node ? SIGKILL : SIGTERM);
    }
}

TEST(PeerMonitor, OnlyTheVeryProcessIsKilled)
{
    Sleeper sleeper;
    FakeTransport transport(1);
    Messenger messenger(transport);
    PeerMonitor peers(messenger, {true, 1, 4}, 10);
    ProcessIdentity another = identity_of(sleeper.pid());
    ++another.start_time;
    peers.handle(0, EndRank{2, another}, 0);
    peers.handle(0, EndRank{2, nobody}, 0);
    EXPECT_THAT(message_as<Note>(transport.sent[0].back())->text, HasSubstr("had ended already"));
    peers.handle(0, EndRank{2, identity_of(sleeper.pid())}, 0);
    EXPECT_THAT(message_as<Note>(transport.sent[0].back())->text, HasSubstr("rank 2 did not answer and was killed"));
    EXPECT_EQ(sleeper.end(), SIGKILL);
}

}  // namespace
}  // namespace attnsweep::runner
