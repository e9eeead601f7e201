#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace attnsweep::configs {

/// Begins the last part of the message of a loss that is not finite: the clips of its batch, which differ from seed to seed.
inline constexpr std::string_view clips_in_message = "; clips of the batch: ";

/// Returns a failure's message as it is compared between trials, and shown where many stand together: of a loss that is not
/// finite, without the layer and the clips, which differ from seed to seed.
inline std::string without_particulars(const std::string& message)
{
    const std::size_t clips = message.rfind(clips_in_message);
    return clips == std::string::npos ? message : message.substr(0, std::min(clips, message.find(": ")));
}

}  // namespace attnsweep::configs
