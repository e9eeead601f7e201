#pragma once

#include <string>
#include <string_view>

namespace attnsweep::configs {

/// Begins the last part of the message of a loss that is not finite: the clips of its batch, which differ from seed to seed.
inline constexpr std::string_view clips_in_message = "; clips of the batch: ";

/// Returns a failure's message without the clips of its batch: what is compared between trials, and shown where many stand
/// together.
inline std::string without_clips(const std::string& message)
{
    return message.substr(0, message.rfind(clips_in_message));
}

}  // namespace attnsweep::configs
