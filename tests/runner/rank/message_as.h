#pragma once

#include <type_traits>
#include <variant>

#include "runner/rank/messages.h"

namespace attnsweep::tests {

/// The message as `Message`, whatever its direction; null: it is another.
template <class Message> const Message* message_as(const runner::RankMessage& message)
{
    const auto match = [](const auto& one) -> const Message* {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, Message>) {
            return &one;
        } else {
            return nullptr;
        }
    };
    return std::visit([&](const auto& direction) { return std::visit(match, direction); }, message);
}

}  // namespace attnsweep::tests
