#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

inline constexpr const char* result_name = "result.json";
inline constexpr const char* last_weights_name = "weights-last.safetensors";
inline constexpr const char* best_weights_name = "weights-best.safetensors";

/// Returns the file of an attempt's weights, `word` being "last" or "best": of today's name, or of version 0.1.0's (`.pt`)
/// where only that is there. Read it with files::read_safetensors.
std::filesystem::path weights_file(const std::filesystem::path& attempt_folder, const std::string& word);

/// Which of its files a trial keeps after its end.
struct KeptFiles {
    bool last_weights = false, best_weights = false, checkpoints = false;
};
KeptFiles keep_from(configs::Keep keep);

/// Design, promise 2: first a durable result.json in the attempt's folder, then its second name in pending/, which
/// says that it is new; should a power cut take that name, the start that follows looks into the folders of what is not done.
/// -> the path of result.json. Throws files::Error.
std::filesystem::path publish(const TrialOrder& order, const configs::TrialResult& result);

/// The same for several of one store, with fewer waits for the disk than one after the other. Throws files::Error; some of
/// them may be published then, and may be again.
struct OwnResult {
    const TrialOrder& order;
    const configs::TrialResult& result;
};
void publish(std::span<const OwnResult> results);

/// The result.json of this trial's success, by this attempt or an earlier one whose process died before it could say so:
/// it is announced again instead of training anew. Files that cannot be read count as not there, and are named in the log.
std::optional<std::filesystem::path> finished_result(const TrialOrder& order,
                                                     const std::function<void(const std::string&)>& log);

/// Announces such a result in pending/. Throws files::Error.
void publish_again(const TrialOrder& order, const std::filesystem::path& result);

/// The attempt's folder as results name it: relative to the store's `.d` folder.
std::string relative_attempt_folder(const TrialOrder& order);

}  // namespace attnsweep::runner
