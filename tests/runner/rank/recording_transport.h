#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runner/rank/messages.h"
#include "scheduler/transport.h"
#include "tests/runner/rank/message_as.h"

namespace attnsweep::tests {

/// Rank 0 of some: delivers what is put into `inbox`, keeps what is sent to others, and fails when the own rank is sent to.
class RecordingTransport : public scheduler::Transport {
public:
    explicit RecordingTransport(int size) : size_(size) {}
    int rank() const override { return 0; }
    int size() const override { return size_; }
    void send(int to, const std::string& text) override
    {
        EXPECT_NE(to, rank()) << "the messenger alone delivers to its own rank";
        sent.emplace_back(to, runner::message_from(text));
    }
    std::optional<scheduler::Message> receive() override
    {
        if (inbox.empty()) {
            return std::nullopt;
        }
        scheduler::Message message = inbox.front();
        inbox.pop_front();
        return message;
    }

    /// The ranks that were sent such a message, in order.
    template <class What> std::vector<int> told() const
    {
        std::vector<int> ranks;
        for (const auto& [to, message] : sent) {
            if (message_as<What>(message)) {
                ranks.push_back(to);
            }
        }
        return ranks;
    }

    std::vector<std::pair<int, runner::RankMessage>> sent;
    std::deque<scheduler::Message> inbox;

private:
    int size_;
};

}  // namespace attnsweep::tests
