#include "runner/rank/heartbeat_timeout.h"

namespace attnsweep::runner {

void HeartbeatTimeout::heard(int peer, double now_s)
{
    heard_s_[peer] = now_s;
}

std::vector<int> HeartbeatTimeout::too_long(double now_s)
{
    std::vector<int> silent;
    if (timeout_s_ <= 0) {
        return silent;
    }
    const double pause_s = last_call_s_ < 0 ? 0 : now_s - last_call_s_;
    last_call_s_ = now_s;
    for (auto& [peer, heard_s] : heard_s_) {
        if (pause_s > timeout_s_ / 4) {
            heard_s += pause_s;
        }
        if (now_s - heard_s > timeout_s_) {
            silent.push_back(peer);
        }
    }
    for (const int peer : silent) {
        forget(peer);
    }
    return silent;
}

}  // namespace attnsweep::runner
