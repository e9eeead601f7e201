#include "scheduler/transport.h"

#include "scheduler/error.h"

namespace attnsweep::scheduler {

void LocalTransport::send(int to, const std::string& text)
{
    if (to != 0) {
        throw Error("a message to rank " + std::to_string(to) + ": there is one rank, 0");
    }
    inbox_.push_back({0, text});
}

std::optional<Message> LocalTransport::receive()
{
    if (inbox_.empty()) {
        return std::nullopt;
    }
    Message message = std::move(inbox_.front());
    inbox_.pop_front();
    return message;
}

}  // namespace attnsweep::scheduler
